package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.TimeSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The jobs that wait for a thread. One job on a bucket at a time: its callers are served in order, and no connection of
 * ours waits for a row that another one of ours has locked.
 *
 * <p>Questions are best asked together. So they wait for those who are at it, if these are not too few, and get a worker
 * of their own only after {@link #PATIENCE}: somebody may be held up.
 */
final class Jobs {

    /** The most questions of one statement. */
    static final int MOST_AT_ONCE = 64;

    /** Who is called at once even if only questions wait. */
    private static final int EAGER_WORKERS = 2;

    private static final long PATIENCE = 2_000_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Queue<Job<?>>> buckets = new HashMap<>();
    private final Deque<Job<?>> ready = new ArrayDeque<>();
    private final TimeSource time;
    private final int maxWorkers;
    private final Runnable callWorker;
    private int workers;
    private boolean alarmed;
    private volatile boolean together = true;

    /**
     * No jobs yet.
     *
     * @param callWorker lets somebody come to {@link #take} until there is nothing to do, or throws if nobody can; not
     *     more than {@code maxWorkers} at a time
     */
    Jobs(TimeSource time, int maxWorkers, Runnable callWorker) {
        this.time = time;
        this.maxWorkers = maxWorkers;
        this.callWorker = callWorker;
    }

    /** From now on questions are asked one by one. */
    void askApart() {
        together = false;
    }

    void add(Job<?> job) {
        boolean called = false;
        lock.lock();
        try {
            for (String id : job.ids()) {
                Queue<Job<?>> line = buckets.computeIfAbsent(id, unknown -> new ArrayDeque<>(2));
                job.before += line.isEmpty() ? 0 : 1;
                line.add(job);
            }
            if (job.before == 0) {
                ready.add(job);
                called = isToCall();
            }
        } finally {
            lock.unlock();
        }
        if (called) {
            call();
        }
    }

    private boolean isQuestion(Job<?> job) {
        return together && job.ask() != null;
    }

    /** Whether a worker is to be called, who is counted at once; under the lock. */
    private boolean isToCall() {
        if (ready.isEmpty() || workers == maxWorkers) {
            return false;
        }
        if (canWait() && hasAlarm()) {
            return false;
        }
        workers++;
        return true;
    }

    private void call() {
        try {
            callWorker.run();
        } catch (Throwable nobodyComes) { // also an Error: there may be no thread to be had
            calledInVain().forEach(job -> job.fail(nobodyComes));
        }
    }

    /** Nobody comes. Those who are still at it do what there is; without any, all of it is left over. */
    private List<Job<?>> calledInVain() {
        List<Job<?>> left = new ArrayList<>();
        lock.lock();
        try {
            workers--;
            while (workers == 0 && !ready.isEmpty()) {
                Job<?> job = ready.remove();
                left.add(job);
                done(job); // who stands behind it is left over as well
            }
        } finally {
            lock.unlock();
        }
        return left;
    }

    /** Whether those who are at it come soon enough for what is ready. */
    private boolean canWait() {
        Job<?> first = ready.element();
        return workers >= EAGER_WORKERS
                && ready.size() < MOST_AT_ONCE
                && isQuestion(first)
                && isQuestion(ready.getLast())
                && time.nanoTime() - first.since() < PATIENCE;
    }

    /** Whether somebody will look after those who wait: without a thread for the timer nobody does. */
    private boolean hasAlarm() {
        if (!alarmed) {
            try {
                time.schedule(this::onAlarm, PATIENCE);
                alarmed = true;
            } catch (RuntimeException | Error nobody) {
                return false;
            }
        }
        return true;
    }

    private void onAlarm() {
        boolean called;
        lock.lock();
        try {
            alarmed = false;
            called = isToCall();
        } finally {
            lock.unlock();
        }
        if (called) {
            call();
        }
    }

    /**
     * One job, or questions that can be asked together: 1, 2, 4 and so on, so that there are few different statements.
     * Empty if there is nothing to do.
     */
    List<Job<?>> take() {
        List<Job<?>> taken = new ArrayList<>();
        boolean called = false;
        lock.lock();
        try {
            if (ready.isEmpty() || isOneTooMany()) {
                workers--;
                return taken;
            }
            Job<?> first = ready.remove();
            taken.add(first);
            int most = isQuestion(first) ? Integer.highestOneBit(Math.min(1 + ready.size(), MOST_AT_ONCE)) : 1;
            while (taken.size() < most && !ready.isEmpty() && isQuestion(ready.element())) {
                taken.add(ready.remove());
            }
            called = isToCall();
        } finally {
            lock.unlock();
        }
        if (called) {
            call();
        }
        return taken;
    }

    private boolean isOneTooMany() {
        workers--;
        try {
            return canWait() && hasAlarm();
        } finally {
            workers++;
        }
    }

    /** What is done lets the next ones go. */
    void done(List<Job<?>> jobs) {
        lock.lock();
        try {
            jobs.forEach(this::done);
        } finally {
            lock.unlock();
        }
    }

    private void done(Job<?> job) {
        for (String id : job.ids()) {
            Queue<Job<?>> line = buckets.get(id);
            if (line == null) {
                continue;
            }
            line.remove();
            Job<?> next = line.peek();
            if (next == null) {
                buckets.remove(id);
            } else if (--next.before == 0) {
                ready.add(next);
            }
        }
    }
}
