package io.github.ratelimited;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The machine's clocks, and the one timer thread that all asynchronous waiters share. */
enum SystemTimeSource implements TimeSource {
    INSTANCE;

    /** Each task has a thread of its own, so that one that blocks keeps nobody else from their turn. */
    static final Executor EXECUTOR = executor(virtualThreads());

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

    private static Executor executor(@Nullable ThreadFactory virtual) {
        AtomicLong started = new AtomicLong();
        return virtual != null
                ? task -> virtual.newThread(task).start()
                : Executors.newCachedThreadPool(task -> thread(task, "ratelimit-" + started.incrementAndGet()));
    }

    /** Virtual threads, where there are any; they are newer than our class files. */
    private static @Nullable ThreadFactory virtualThreads() {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder");
            type.getMethod("name", String.class, long.class).invoke(builder, "ratelimit-", 1L);
            type.getMethod("inheritInheritableThreadLocals", boolean.class).invoke(builder, false);
            return (ThreadFactory) type.getMethod("factory").invoke(builder);
        } catch (ReflectiveOperationException | RuntimeException none) {
            return null;
        }
    }

    /** Nothing of the thread that happens to need it first: it outlives that thread's application. */
    private static Thread thread(Runnable task, String name) {
        Thread thread = new Thread(null, task, name, 0, false);
        thread.setContextClassLoader(null);
        thread.setDaemon(true);
        return thread;
    }

    /** Its thread ends when nobody has waited for so long, and with it what it holds of an application that is gone. */
    static ScheduledThreadPoolExecutor timer(Duration keepAlive) {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> thread(task, "ratelimit-timer"));
        timer.setRemoveOnCancelPolicy(true);
        timer.setKeepAliveTime(keepAlive.toNanos(), TimeUnit.NANOSECONDS);
        timer.allowCoreThreadTimeOut(true);
        return timer;
    }

    /** Started by the first who needs it: an application that never waits has no thread of ours. */
    private static final class Timer {

        static final ScheduledThreadPoolExecutor EXECUTOR = timer(Duration.ofSeconds(30));
    }
}
