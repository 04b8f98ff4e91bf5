package io.github.ratelimited.benchmark;

import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.store.StoreFailurePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/**
 * The Redis store beside PING, INCR and others, on a server of this machine: subjects take turns, in rounds, so that a
 * machine that is busy for a while is so for all. Arguments: names of subjects, else all; a number of rounds, else 5.
 */
public final class RedisRun {

    private static final long ROUND_NANOS = 1_000_000_000L;

    /** Until all of what competes with callers for two cores, the compiler too, has become quiet. */
    static final int WARM_UP_ROUNDS = 10;

    private final RedisBench bench;
    private final List<RedisSubject> subjects;
    private final int rounds;

    private RedisRun(RedisBench bench, List<RedisSubject> subjects, int rounds) {
        this.bench = bench;
        this.subjects = subjects;
        this.rounds = rounds;
    }

    public static void main(String[] args) throws Exception {
        List<RedisSubject> subjects = new ArrayList<>();
        int rounds = 5;
        for (String arg : args) {
            if (arg.matches("\\d+")) {
                rounds = Integer.parseInt(arg);
            } else {
                subjects.add(RedisSubject.valueOf(arg));
            }
        }
        try (RedisBench bench = new RedisBench()) {
            RedisRun run = new RedisRun(bench, subjects.isEmpty() ? List.of(RedisSubject.values()) : subjects, rounds);
            System.out.println("| callers and keys | | decisions/s | p99, us | x INCR | trips per decision "
                    + "| server, us per decision |\n|---|---|---|---|---|---|---|");
            run.permitted(32, 1);
            run.permitted(32, 10_000);
            run.permitted(1, 1);
            run.denied();
            run.memory();
            run.breakerOpen();
        }
        System.exit(0); // peers leave threads behind
    }

    /** What one subject did in all rounds. */
    static final class Score {

        final List<Double> perSecond = new ArrayList<>();
        final List<long[]> latencies = new ArrayList<>();
        long decisions;
        long trips;
        long serverMicros;

        double median() {
            double[] sorted =
                    perSecond.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            return sorted[sorted.length / 2];
        }

        double p99Micros() {
            long[] sorted =
                    latencies.stream().flatMapToLong(Arrays::stream).sorted().toArray();
            return sorted[sorted.length * 99 / 100] / 1e3;
        }
    }

    private void permitted(int callers, int keyCount) throws Exception {
        String[] keys = IntStream.range(0, keyCount)
                .mapToObj(i -> callers + "-user-" + i)
                .toArray(String[]::new);
        Map<RedisSubject, RedisSubject.Asking> asking = new EnumMap<>(RedisSubject.class);
        Map<RedisSubject, Score> scores = new EnumMap<>(RedisSubject.class);
        for (RedisSubject subject : subjects) {
            asking.put(subject, subject.start(bench, keys));
            scores.put(subject, new Score());
        }
        for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
            for (RedisSubject subject : subjects) {
                Score score = round < 0 ? new Score() : scores.get(subject);
                round(subject, asking.get(subject), callers, keyCount, score);
            }
        }
        for (RedisSubject subject : subjects) {
            Score score = scores.get(subject);
            Score floor = scores.getOrDefault(RedisSubject.INCR, score);
            System.out.printf(
                    Locale.ROOT,
                    "| %d, %d | %s | %.0f | %.0f | %.2f | %.3f | %.2f |%n",
                    callers,
                    keyCount,
                    Table.shown(subject.name()),
                    score.median(),
                    score.p99Micros(),
                    score.median() / floor.median(),
                    (double) score.trips / score.decisions,
                    (double) score.serverMicros / score.decisions);
        }
    }

    private void round(RedisSubject subject, RedisSubject.Asking asking, int callers, int keyCount, Score score)
            throws Exception {
        Map<String, Long> callsBefore = bench.calls();
        Map<String, Long> microsBefore = bench.micros();
        long begin = System.nanoTime();
        List<long[]> latencies = together(callers, () -> ask(asking, keyCount));
        double seconds = (System.nanoTime() - begin) / 1e9;
        long decisions = latencies.stream().mapToLong(each -> each.length).sum();
        score.perSecond.add(decisions / seconds);
        score.latencies.addAll(latencies);
        score.decisions += decisions;
        score.trips += subject.trips(since(callsBefore, bench.calls()));
        score.serverMicros += subject.serverMicros(since(microsBefore, bench.micros()));
    }

    private static Map<String, Long> since(Map<String, Long> before, Map<String, Long> after) {
        Map<String, Long> difference = new HashMap<>(after);
        before.forEach((command, number) -> difference.merge(command, -number, Long::sum));
        return difference;
    }

    /** Asks for a round; how long each answer took. */
    static long[] ask(RedisSubject.Asking asking, int keyCount) throws Exception {
        long[] latencies = new long[1 << 12];
        int count = 0;
        long end = System.nanoTime() + ROUND_NANOS;
        for (long asked = System.nanoTime(); asked - end < 0; ) {
            if (!asking.ask(keyCount == 1 ? 0 : ThreadLocalRandom.current().nextInt(keyCount))) {
                throw new IllegalStateException("denied, though there is plenty");
            }
            long answered = System.nanoTime();
            if (count == latencies.length) {
                latencies = Arrays.copyOf(latencies, 2 * count);
            }
            latencies[count++] = answered - asked;
            asked = answered;
        }
        return Arrays.copyOf(latencies, count);
    }

    static <T> List<T> together(int threads, Callable<T> task) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> result : pool.invokeAll(Collections.nCopies(threads, task))) {
                results.add(result.get());
            }
            return results;
        } finally {
            pool.shutdown();
        }
    }

    /** Two threads that are denied again and again. */
    private void denied() throws Exception {
        RateLimiter limiter = bench.limiter(Limit.of(1, Duration.ofHours(1)));
        limiter.tryAcquire();
        List<Double> perSecond = new ArrayList<>();
        Map<String, Long> before = bench.calls();
        long begin = System.nanoTime();
        for (int round = 0; round < 2 + rounds; round++) {
            long count = together(2, () -> countDenied(limiter)).stream()
                    .mapToLong(Long::longValue)
                    .sum();
            if (round >= 2) {
                perSecond.add(count * 1e9 / ROUND_NANOS);
            }
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        perSecond.sort(null);
        System.out.printf(
                Locale.ROOT,
                "| denied, 2 threads, one key | ratelimited | %.0f | | | %.2f a second | |%n",
                perSecond.get(perSecond.size() / 2),
                RedisSubject.RATELIMITED.trips(since(before, bench.calls())) / seconds);
    }

    private static long countDenied(RateLimiter limiter) {
        long end = System.nanoTime() + ROUND_NANOS;
        long denied = 0;
        while (System.nanoTime() - end < 0) {
            for (int i = 0; i < 100; i++) {
                denied += limiter.tryAcquire() ? 0 : 1;
            }
        }
        return denied;
    }

    /** What a key takes in the server, without its name. */
    private void memory() {
        bench.connection.sync().flushall();
        bench.limiter(Limit.of(100, Duration.ofMinutes(1)))
                .forKey("user-123456")
                .tryAcquire();
        bench.connection.sync().psetex("counter", 60_000, "1");
        for (String key : bench.connection.sync().keys("*")) {
            System.out.printf(
                    "| memory of a key, its name not counted | %s | %d bytes | | | | |%n",
                    key.equals("counter") ? "a counter" : "ratelimited",
                    bench.connection.sync().memoryUsage(key) - key.length());
        }
    }

    /** The server is gone. */
    private void breakerOpen() throws Exception {
        bench.stopServer();
        for (StoreFailurePolicy policy : StoreFailurePolicy.values()) {
            RateLimiter limiter = bench.limiter(RedisSubject.PLENTY, policy);
            while (bench.failSafe.available()) {
                limiter.tryAcquire();
            }
            double nanos = 0;
            for (int round = 0; round < 4; round++) {
                int calls = 500_000;
                long begin = System.nanoTime();
                for (int i = 0; i < calls; i++) {
                    limiter.tryAcquire();
                }
                nanos = (double) (System.nanoTime() - begin) / calls;
            }
            System.out.printf(
                    Locale.ROOT,
                    "| server gone | ratelimited, %s | %.0f ns a call | | | | |%n",
                    Table.shown(policy.name()),
                    nanos);
        }
    }
}
