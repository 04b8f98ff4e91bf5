package io.github.ratelimited.store.memory;

import io.github.ratelimited.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * A clock for tests of years: it jumps over the time between instead of living through each second of it, and its
 * monotonic and its wall clock may start anywhere. Not to be moved while other threads read it.
 */
final class JumpingClock implements TimeSource {

    private record Task(Runnable runnable, long at) {}

    private final List<Task> tasks = new ArrayList<>();

    private long now;
    private long epoch;

    JumpingClock(long now, long epoch) {
        this.now = now;
        this.epoch = epoch;
    }

    /** Jumps, then runs once what has become due. */
    void jump(long nanos) {
        now += nanos;
        epoch += nanos;
        for (Task task : List.copyOf(tasks)) {
            if (now - task.at >= 0) {
                tasks.remove(task);
                task.runnable.run();
            }
        }
    }

    /** Somebody sets the wall clock. */
    void setEpoch(long nanos) {
        epoch = nanos;
    }

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public long epochNanos() {
        return epoch;
    }

    @Override
    public Future<?> schedule(Runnable task, long delayNanos) {
        tasks.add(new Task(task, now + delayNanos));
        return new CompletableFuture<>();
    }
}
