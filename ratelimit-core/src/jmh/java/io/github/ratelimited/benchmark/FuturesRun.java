package io.github.ratelimited.benchmark;

import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import java.io.IOException;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/**
 * A million futures that wait for one limit: what each holds, and how late those are told whose turn comes in the seconds
 * after the last has joined. In a JVM of its own.
 */
public final class FuturesRun {

    private static final int WAITERS = 1_000_000;
    private static final int PER_SECOND = 20_000;
    private static final int WARM_UP = 5 * PER_SECOND;
    private static final int MEASURED = 10 * PER_SECOND;

    private FuturesRun() {}

    static void run(Report report) throws IOException, InterruptedException {
        report.table(
                "Waiting: 1,000,000 futures on " + PER_SECOND + " per second",
                "",
                "heap for each, bytes",
                "median lateness, us",
                "p99 lateness, us");
        // By itself, since nobody may be told his turn meanwhile; by a collector that counts objects, not regions of
        // them.
        String heap = row("heap", "-XX:+UseSerialGC")[0];
        String[] lateness = row("lateness", "-XX:+UseG1GC");
        report.row(Report.shown("ratelimited"), heap, lateness[0], lateness[1]);
    }

    private static String[] row(String measured, String collector) throws IOException, InterruptedException {
        return Report.cells(FreshJvm.rows(FuturesRun.class, measured, "-Xms3g", "-Xmx3g", collector)
                .get(0));
    }

    /** Prints what it has measured, as a row: the heap of each, or the median and the 99th percentile of their lateness. */
    public static void main(String[] measured) throws InterruptedException {
        if (measured[0].equals("heap")) {
            System.out.printf(Locale.ROOT, "| %.0f |%n", heapForEach());
        } else if (measured[0].equals("lateness")) {
            long[] lateness = lateness();
            Arrays.sort(lateness);
            System.out.printf(
                    Locale.ROOT,
                    "| %.0f | %.0f |%n",
                    lateness[MEASURED / 2] / 1e3,
                    lateness[MEASURED / 100 * 99] / 1e3);
        } else {
            throw new IllegalArgumentException(measured[0] + " is neither heap nor lateness");
        }
        System.exit(0); // most of them still wait
    }

    /** Less what is left when they are gone: what is needed once, classes above all, is not theirs. */
    private static double heapForEach() throws InterruptedException {
        CompletableFuture<?>[] waiting = new CompletableFuture<?>[WAITERS];
        long held = heldBy(waiting);
        for (CompletableFuture<?> each : waiting) {
            each.cancel(false);
        }
        Arrays.fill(waiting, null);
        long after = HeapPerKey.usedHeap();
        Reference.reachabilityFence(waiting); // the array in which we hold them is not theirs either
        return (held - after) / (double) WAITERS;
    }

    private static long heldBy(CompletableFuture<?>[] waiting) throws InterruptedException {
        RateLimiter limiter = RateLimiter.create(Limit.of(1, Duration.ofMinutes(1)));
        limiter.tryAcquire();
        for (int i = 0; i < WAITERS; i++) {
            waiting[i] = limiter.acquireAsync();
        }
        long used = HeapPerKey.usedHeap();
        if (waiting[0].isDone() || waiting[WAITERS - 1].isDone()) {
            throw new IllegalStateException("somebody did not wait");
        }
        return used;
    }

    private static long[] lateness() throws InterruptedException {
        RateLimiter limiter =
                RateLimiter.create(Limit.of(PER_SECOND, Duration.ofSeconds(1)).withBurst(1));
        long[] lateness = new long[MEASURED];
        CountDownLatch told = new CountDownLatch(MEASURED);
        for (int i = 0; i < WAITERS; i++) {
            int number = i - WARM_UP;
            limiter.acquireAsync(1, Duration.ofHours(1)).thenAccept(turn -> {
                if (number >= 0 && number < MEASURED) {
                    lateness[number] = System.nanoTime() - turn.grantedAt();
                    told.countDown();
                }
            });
        }
        if (told.getCount() < MEASURED) {
            throw new IllegalStateException("the first came to their turns before the last had joined");
        }
        told.await();
        return lateness;
    }
}
