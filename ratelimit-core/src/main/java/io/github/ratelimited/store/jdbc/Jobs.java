package io.github.ratelimited.store.jdbc;

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
 */
final class Jobs {

    /** The most questions of one statement. */
    static final int MOST_AT_ONCE = 64;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Queue<Job<?>>> buckets = new HashMap<>();
    private final Deque<Job<?>> ready = new ArrayDeque<>();
    private final int maxWorkers;
    private final Runnable callWorker;
    private int workers;

    /**
     * No jobs yet.
     *
     * @param callWorker lets somebody come to {@link #take} until there is nothing to do; not more than
     *     {@code maxWorkers} at a time
     */
    Jobs(int maxWorkers, Runnable callWorker) {
        this.maxWorkers = maxWorkers;
        this.callWorker = callWorker;
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
                called = mayCall();
            }
        } finally {
            lock.unlock();
        }
        if (called) {
            callWorker.run();
        }
    }

    private boolean mayCall() {
        if (ready.isEmpty() || workers == maxWorkers) {
            return false;
        }
        workers++;
        return true;
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
            Job<?> first = ready.poll();
            if (first == null) {
                workers--;
                return taken;
            }
            taken.add(first);
            int most = first.ask() == null ? 1 : Integer.highestOneBit(Math.min(1 + ready.size(), MOST_AT_ONCE));
            while (taken.size() < most && !ready.isEmpty() && ready.element().ask() != null) {
                taken.add(ready.remove());
            }
            called = mayCall();
        } finally {
            lock.unlock();
        }
        if (called) {
            callWorker.run();
        }
        return taken;
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
