package io.github.ratelimited.sample.live;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Calls a limited method again and again, evenly, as often as somebody wishes. */
@Component
class Traffic implements AutoCloseable {

    /** The most calls of a burst. */
    static final int MAX_BURST = 500;

    private final DemoCalls calls;
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1);
    private volatile TrafficWish wish = new TrafficWish("token-bucket", 0, false);
    private @Nullable Future<?> running;
    private long made;

    Traffic(DemoCalls calls) {
        this.calls = calls;
    }

    TrafficWish wish() {
        return wish;
    }

    /**
     * Goes on as wished.
     *
     * @throws IllegalArgumentException if the page has no such limit
     */
    synchronized void change(TrafficWish wish) {
        if (!calls.limits().contains(wish.limit())) {
            throw new IllegalArgumentException(
                    "limit = '" + wish.limit() + "' is none of the page; write one of " + calls.limits());
        }
        boolean sameRate = wish.rate() == this.wish.rate();
        this.wish = wish;
        if (!sameRate) {
            if (running != null) {
                running.cancel(false);
            }
            running = wish.rate() == 0
                    ? null
                    : clock.scheduleAtFixedRate(
                            this::callOnce,
                            0,
                            (long) (TimeUnit.SECONDS.toNanos(1) / wish.rate()),
                            TimeUnit.NANOSECONDS);
        }
    }

    /**
     * So many calls at once.
     *
     * @throws IllegalArgumentException if they are none or too many
     */
    void burst(int calls) {
        if (calls < 1 || calls > MAX_BURST) {
            throw new IllegalArgumentException("calls = " + calls + " is not between 1 and " + MAX_BURST);
        }
        for (int i = 0; i < calls; i++) {
            callOnce();
        }
    }

    private void callOnce() {
        TrafficWish now = wish;
        calls.call(now.limit(), now.user(nextNumber()));
    }

    private synchronized long nextNumber() {
        return made++;
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
