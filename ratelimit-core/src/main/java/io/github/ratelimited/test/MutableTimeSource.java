package io.github.ratelimited.test;

import io.github.ratelimited.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Time that moves only when told to. Those who wait by it go on when {@link #advance} reaches their turn: futures are
 * complete when {@code advance} returns, parked threads are woken and go on by themselves.
 */
public final class MutableTimeSource implements TimeSource {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final PriorityQueue<Task> tasks = new PriorityQueue<>(Task::compareBySubtraction);

    private final ConcurrentMap<Thread, Long> parked = new ConcurrentHashMap<>();

    private volatile long now;
    private long tasksScheduled;

    /** Starts at zero, which is also the epoch. */
    public MutableTimeSource() {
        this(0);
    }

    /** Starts at that many nanoseconds, since the epoch as well. */
    public MutableTimeSource(long nanos) {
        this.now = nanos;
    }

    /** Starts at a moment of the calendar. */
    public static MutableTimeSource at(Instant instant) {
        return new MutableTimeSource(
                Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano()));
    }

    /**
     * Moves the time, and with it all who wait, each at their moment and in the order of their moments.
     *
     * @throws IllegalArgumentException if {@code duration} is negative
     */
    public synchronized void advance(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("time does not go back: " + duration);
        }
        long target = now + duration.toNanos();
        for (Task task = next(target); task != null; task = next(target)) {
            task.run();
        }
        parked.forEach((thread, deadline) -> {
            if (deadline - target <= 0 && parked.remove(thread, deadline)) {
                LockSupport.unpark(thread);
            }
        });
    }

    /** How many threads sleep by this time now; one whose time has come is none of them, even if it has not run yet. */
    public int parkedThreads() {
        return parked.size();
    }

    /**
     * Returns as soon as so many threads sleep by this time, or more: then it is worth moving.
     *
     * @throws IllegalStateException if they do not come to it within ten seconds, or the caller is interrupted
     */
    public void awaitParkedThreads(int count) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        synchronized (parked) {
            for (long left = PATIENCE.toNanos(); parked.size() < count; left = deadline - System.nanoTime()) {
                if (left <= 0) {
                    throw new IllegalStateException(
                            parked.size() + " threads wait after " + PATIENCE.toSeconds() + " s, not " + count);
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(parked, left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted while " + parked.size() + " threads wait", e);
                }
            }
        }
    }

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public void parkUntil(Object blocker, long deadline) {
        if (deadline - now <= 0) {
            return;
        }
        Thread thread = Thread.currentThread();
        parked.put(thread, deadline);
        synchronized (parked) {
            parked.notifyAll();
        }
        try {
            if (deadline - now > 0) {
                LockSupport.park(blocker);
            }
        } finally {
            parked.remove(thread);
        }
    }

    @Override
    public Future<?> schedule(Runnable task, long delayNanos) {
        synchronized (tasks) {
            Task scheduled = new Task(task, now + delayNanos, tasksScheduled++);
            tasks.add(scheduled);
            return scheduled;
        }
    }

    @Override
    public Executor executor() {
        return Runnable::run;
    }

    /** The next task that is due by then, at its moment; if there is none, it is then. */
    private @Nullable Task next(long target) {
        synchronized (tasks) {
            Task first = tasks.peek();
            if (first == null || first.at - target > 0) {
                now = target - now > 0 ? target : now; // a task may have gone on further
                return null;
            }
            now = first.at - now > 0 ? first.at : now;
            return tasks.poll();
        }
    }

    private final class Task extends FutureTask<@Nullable Void> {

        private final long at;
        private final long number;

        Task(Runnable task, long at, long number) {
            super(task, null);
            this.at = at;
            this.number = number;
        }

        private int compareBySubtraction(Task other) {
            return at == other.at ? Long.compare(number, other.number) : Long.signum(at - other.at);
        }

        @Override
        protected void done() {
            if (isCancelled()) {
                synchronized (tasks) {
                    tasks.remove(this);
                }
            }
        }
    }
}
