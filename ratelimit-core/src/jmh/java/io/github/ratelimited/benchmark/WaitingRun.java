package io.github.ratelimited.benchmark;

import com.sun.management.OperatingSystemMXBean;
import io.github.bucket4j.BlockingBucket;
import io.github.bucket4j.Bucket;
import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.stream.LongStream;

/**
 * 200 threads that wait for 1000 permits a second, of a limiter that nobody has used before: how many came through in
 * the fullest second, how evenly, and for how much CPU time. Each limiter in a JVM of its own.
 */
public final class WaitingRun {

    private static final int THREADS = 200;
    private static final int PER_SECOND = 1000;
    private static final long SECOND = 1_000_000_000L;

    /** So much faster for three seconds, and then as it is measured for {@link #WARM_UP}: until little is compiled any more. */
    private static final int FASTER = 30;

    private static final long WARM_UP = 25 * SECOND;

    private WaitingRun() {}

    private interface Waiting {

        void acquire() throws InterruptedException;
    }

    private enum Waiter {
        RESERVE_AND_PARK(rate -> {
            Gcra gcra = Gcra.of(even(rate));
            AtomicLong state = gcra.newState();
            return () -> {
                long turn = System.nanoTime() + gcra.reserve(state);
                for (long wait = turn - System.nanoTime(); wait > 0; wait = turn - System.nanoTime()) {
                    LockSupport.parkNanos(wait);
                }
            };
        }),
        RATELIMITED(rate -> RateLimiter.create(even(rate))::acquire),
        /** Allows bursts, and no more than 1000 in any second all the same. */
        RATELIMITED_SLIDING_WINDOW(rate ->
                RateLimiter.create(even(rate).withBurst(rate).withAlgorithm(Algorithm.SLIDING_WINDOW))::acquire),
        @SuppressWarnings("UnstableApiUsage")
        GUAVA(rate -> com.google.common.util.concurrent.RateLimiter.create(rate)::acquire),
        FAILSAFE_SMOOTH(rate -> dev.failsafe.RateLimiter.smoothBuilder(rate, Duration.ofSeconds(1))
                .build()::acquirePermit),
        BUCKET4J_CAPACITY_1(rate -> bucket4j(rate, 1)),
        BUCKET4J_CAPACITY_1000(rate -> bucket4j(rate, rate));

        private final IntFunction<Waiting> factory;

        Waiter(IntFunction<Waiting> factory) {
            this.factory = factory;
        }

        private static Waiting bucket4j(long rate, long capacity) {
            BlockingBucket bucket = Bucket.builder()
                    .addLimit(limit -> limit.capacity(capacity).refillGreedy(rate, Duration.ofSeconds(1)))
                    .build()
                    .asBlocking();
            return () -> bucket.consume(1);
        }

        private static Limit even(int rate) {
            return Limit.of(rate, Duration.ofSeconds(1)).withBurst(1);
        }
    }

    /** Each limiter's figures. */
    static void run(Report report) throws IOException, InterruptedException {
        report.table(
                "Waiting: 200 threads on 1000 per second",
                "",
                "most in any 1 s",
                "p99 gap, us (ideal 1000)",
                "CPU, ms per s");
        for (Waiter waiter : Waiter.values()) {
            String[] cells =
                    Report.cells(FreshJvm.rows(WaitingRun.class, waiter.name()).get(0));
            report.row(Report.shown(cells[0]), cells[1], cells[2], cells[3]);
        }
    }

    /** Measures the limiter that is named. */
    public static void main(String[] args) throws InterruptedException {
        Waiter waiter = Waiter.valueOf(args[0]);
        run(waiter.factory.apply(FASTER * PER_SECOND), 3 * SECOND);
        run(waiter.factory.apply(PER_SECOND), WARM_UP);
        Waiting waiting = waiter.factory.apply(PER_SECOND);
        Thread.sleep(1100); // idle for longer than any bucket takes to fill
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long start = System.nanoTime();
        long cpu = system.getProcessCpuTime();
        long[] grants = run(waiting, 10 * SECOND);
        double seconds = (System.nanoTime() - start) / 1e9;
        double cpuMillis = (system.getProcessCpuTime() - cpu) / 1e6;
        System.out.printf(
                "| %s | %d | %.0f | %.0f |%n",
                Table.shown(waiter.name()), mostInOneSecond(grants), p99Gap(grants) / 1e3, cpuMillis / seconds);
    }

    /** The moments at which permits were granted, in order. */
    private static long[] run(Waiting waiting, long nanos) throws InterruptedException {
        List<Asking> all = new ArrayList<>();
        long end = System.nanoTime() + nanos;
        for (int i = 0; i < THREADS; i++) {
            all.add(new Asking(waiting, end));
        }
        all.forEach(Thread::start);
        for (Asking each : all) {
            each.join();
        }
        long[] grants = all.stream().flatMapToLong(Asking::grants).toArray();
        Arrays.sort(grants);
        return grants;
    }

    private static final class Asking extends Thread {

        private final Waiting waiting;
        private final long end;
        private final long[] grants = new long[20 * PER_SECOND];
        private int count;

        Asking(Waiting waiting, long end) {
            this.waiting = waiting;
            this.end = end;
        }

        @Override
        public void run() {
            try {
                waiting.acquire();
                for (long now = System.nanoTime(); now - end < 0; now = System.nanoTime()) {
                    if (count < grants.length) { // of the warm-up, in which some let through all at once
                        grants[count++] = now;
                    }
                    waiting.acquire();
                }
            } catch (InterruptedException nobodyDoes) {
                throw new IllegalStateException(nobodyDoes);
            }
        }

        LongStream grants() {
            return Arrays.stream(grants, 0, count);
        }
    }

    private static int mostInOneSecond(long[] grants) {
        int most = 0;
        int first = 0;
        for (int last = 0; last < grants.length; last++) {
            while (grants[last] - grants[first] >= SECOND) {
                first++;
            }
            most = Math.max(most, last - first + 1);
        }
        return most;
    }

    private static long p99Gap(long[] grants) {
        long[] gaps = new long[grants.length - 1];
        for (int i = 0; i < gaps.length; i++) {
            gaps[i] = grants[i + 1] - grants[i];
        }
        Arrays.sort(gaps);
        return gaps[gaps.length * 99 / 100];
    }
}
