package io.github.ratelimited;

import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * The time that limits count by and waiters wait by. A lambda that returns nanoseconds is enough; the other methods let
 * a test's clock carry those who wait along.
 */
@FunctionalInterface
public interface TimeSource {

    /**
     * Nanoseconds of a clock that never goes back, from an arbitrary origin. May be negative and may wrap: readings are
     * compared by subtraction only.
     */
    long nanoTime();

    /**
     * Nanoseconds since the epoch, UTC, at this moment; {@link Algorithm#FIXED_WINDOW} aligns its windows by it. By
     * default {@link #nanoTime()} itself, so that a clock made for a test has one time line.
     */
    default long epochNanos() {
        return nanoTime();
    }

    /**
     * Parks the current thread until {@link #nanoTime()} is {@code deadline}, as
     * {@link LockSupport#parkNanos(Object, long)} does: may return early, when the thread is unparked, interrupted, or
     * for no reason.
     */
    default void parkUntil(Object blocker, long deadline) {
        LockSupport.parkNanos(blocker, deadline - nanoTime());
    }

    /** Runs a short task once, {@code delayNanos} from now; cancelling the returned future forgets it. */
    default Future<?> schedule(Runnable task, long delayNanos) {
        return SystemTimeSource.onTimer(task, delayNanos);
    }

    /**
     * Where the futures of asynchronous waiters are completed, since their continuations are code of users, as are calls
     * that are made at their turn: by default a thread of its own for each, so that one that blocks holds nobody up. It
     * is a virtual one on Java 21 or newer, else a daemon of a pool that grows as needed; both are named
     * {@code ratelimit-1} and so on.
     */
    default Executor executor() {
        return SystemTimeSource.EXECUTOR;
    }

    /** The time of this machine: {@link System#nanoTime()}, its wall clock and one shared daemon timer. */
    static TimeSource system() {
        return SystemTimeSource.INSTANCE;
    }
}
