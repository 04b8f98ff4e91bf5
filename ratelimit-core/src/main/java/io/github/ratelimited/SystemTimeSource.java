package io.github.ratelimited;

import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The machine's clocks, and the one timer thread that all asynchronous waiters share. */
enum SystemTimeSource implements TimeSource {
    INSTANCE;

    /** Without workers the common pool runs nothing. */
    static final Executor EXECUTOR = ForkJoinPool.getCommonPoolParallelism() > 0
            ? ForkJoinPool.commonPool()
            : task -> new Thread(task, "ratelimit-completion").start();

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public long epochNanos() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    static Future<?> onTimer(Runnable task, long delayNanos) {
        return Timer.EXECUTOR.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
    }

    /** Started by the first who needs it: an application that never waits has no thread of ours. */
    private static final class Timer {

        static final ScheduledThreadPoolExecutor EXECUTOR = start();

        private static ScheduledThreadPoolExecutor start() {
            ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
                // Nothing of the thread that happens to need it first: it outlives that thread's application.
                Thread thread = new Thread(null, task, "ratelimit-timer", 0, false);
                thread.setContextClassLoader(null);
                thread.setDaemon(true);
                return thread;
            });
            timer.setRemoveOnCancelPolicy(true);
            return timer;
        }
    }
}
