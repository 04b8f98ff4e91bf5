package io.github.ratelimited.benchmark;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The database store beside {@code SELECT 1} and others, on a PostgreSQL server of this machine and through one pool of
 * 16 connections: subjects take turns, in rounds of a second. Arguments: names of subjects, else all; a number of rounds,
 * else 5; {@code durable} for a server that writes to disk what it commits; {@code "-c synchronous_commit=off"} for
 * connections that do not wait for that.
 */
public final class JdbcRun {

    private final JdbcBench bench;
    private final List<JdbcSubject> subjects;
    private final int rounds;

    private JdbcRun(JdbcBench bench, List<JdbcSubject> subjects, int rounds) {
        this.bench = bench;
        this.subjects = subjects;
        this.rounds = rounds;
    }

    public static void main(String[] args) throws Exception {
        List<JdbcSubject> subjects = new ArrayList<>();
        int rounds = 5;
        boolean durable = false;
        String options = "";
        for (String arg : args) {
            if (arg.matches("\\d+")) {
                rounds = Integer.parseInt(arg);
            } else if (arg.equals("durable")) {
                durable = true;
            } else if (arg.startsWith("-c")) {
                options = arg;
            } else {
                subjects.add(JdbcSubject.valueOf(arg));
            }
        }
        try (JdbcBench bench = new JdbcBench(durable, options)) {
            JdbcRun run = new JdbcRun(bench, subjects.isEmpty() ? List.of(JdbcSubject.values()) : subjects, rounds);
            System.out.println("| callers and keys | | decisions/s | p99, us | x SELECT 1 |\n|---|---|---|---|---|");
            run.permitted(16, 10_000);
            run.permitted(16, 1);
            run.permitted(1, 1);
        }
    }

    private void permitted(int callers, int keyCount) throws Exception {
        String[] keys = IntStream.range(0, keyCount).mapToObj(i -> "user-" + i).toArray(String[]::new);
        Map<JdbcSubject, RedisSubject.Asking> asking = new EnumMap<>(JdbcSubject.class);
        Map<JdbcSubject, RedisRun.Score> scores = new EnumMap<>(JdbcSubject.class);
        for (JdbcSubject subject : subjects) {
            asking.put(subject, subject.start(bench, keys));
            scores.put(subject, new RedisRun.Score());
        }
        for (int round = -RedisRun.WARM_UP_ROUNDS; round < rounds; round++) {
            for (JdbcSubject subject : subjects) {
                long begin = System.nanoTime();
                List<long[]> latencies = RedisRun.together(callers, () -> RedisRun.ask(asking.get(subject), keyCount));
                double seconds = (System.nanoTime() - begin) / 1e9;
                if (round >= 0) {
                    RedisRun.Score score = scores.get(subject);
                    score.perSecond.add(
                            latencies.stream().mapToLong(each -> each.length).sum() / seconds);
                    score.latencies.addAll(latencies);
                }
            }
        }
        for (JdbcSubject subject : subjects) {
            RedisRun.Score score = scores.get(subject);
            RedisRun.Score floor = scores.getOrDefault(JdbcSubject.SELECT_1, score);
            System.out.printf(
                    Locale.ROOT,
                    "| %d, %d | %s | %.0f | %.0f | %.2f |%n",
                    callers,
                    keyCount,
                    Table.shown(subject.name()),
                    score.median(),
                    score.p99Micros(),
                    score.median() / floor.median());
        }
    }
}
