package io.github.ratelimited.autoconfigure.client;

import io.github.ratelimited.TimeSource;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;

/** Time that the test moves, and that tells how many wait by it. */
final class WatchedTime implements TimeSource {

    private final MutableTimeSource time = new MutableTimeSource();
    private final List<Future<?>> timers = new CopyOnWriteArrayList<>();

    void advance(Duration duration) {
        time.advance(duration);
    }

    long waiting() {
        return time.parkedThreads()
                + timers.stream().filter(timer -> !timer.isDone()).count();
    }

    @Override
    public long nanoTime() {
        return time.nanoTime();
    }

    @Override
    public void parkUntil(Object blocker, long deadline) {
        time.parkUntil(blocker, deadline);
    }

    @Override
    public Future<?> schedule(Runnable task, long delayNanos) {
        Future<?> timer = time.schedule(task, delayNanos);
        timers.add(timer);
        return timer;
    }

    @Override
    public Executor executor() {
        return time.executor();
    }
}
