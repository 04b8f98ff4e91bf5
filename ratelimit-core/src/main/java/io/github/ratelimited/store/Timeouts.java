package io.github.ratelimited.store;

import io.github.ratelimited.TimeSource;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.TimeoutException;

/**
 * Gives trips up that take too long. All may take equally long, so the first to have left is the first to be late, and
 * one timer does for all: a timer for each trip would be set and taken back thousands of times a second.
 */
final class Timeouts {

    private static final Logger log = System.getLogger(FailSafeStore.class.getName());

    private final TimeSource time;
    private final Duration timeout;

    /** Under way, the oldest first. Guarded by itself, as is {@link #isTimerSet}. */
    private final LinkedHashSet<TimedTrip<?>> underWay = new LinkedHashSet<>();

    private boolean isTimerSet;

    Timeouts(TimeSource time, Duration timeout) {
        this.time = time;
        this.timeout = timeout;
    }

    void add(TimedTrip<?> trip) {
        synchronized (underWay) {
            trip.deadline = time.nanoTime() + timeout.toNanos();
            underWay.add(trip);
            if (isTimerSet) {
                return;
            }
            isTimerSet = true;
        }
        time.schedule(this::giveUp, timeout.toNanos());
    }

    long nanosUnderWay(TimedTrip<?> trip) {
        return time.nanoTime() - trip.deadline + timeout.toNanos();
    }

    void remove(TimedTrip<?> trip) {
        synchronized (underWay) {
            underWay.remove(trip);
        }
    }

    private void giveUp() {
        List<TimedTrip<?>> late = new ArrayList<>();
        long untilNext = 0;
        synchronized (underWay) {
            isTimerSet = false;
            long now = time.nanoTime();
            for (Iterator<TimedTrip<?>> oldest = underWay.iterator(); oldest.hasNext() && !isTimerSet; ) {
                TimedTrip<?> trip = oldest.next();
                if (trip.deadline - now <= 0) {
                    oldest.remove();
                    late.add(trip);
                } else {
                    isTimerSet = true;
                    untilNext = trip.deadline - now;
                }
            }
        }
        if (untilNext > 0) {
            time.schedule(this::giveUp, untilNext);
        }
        for (TimedTrip<?> trip : late) {
            try {
                trip.giveUp(new TimeoutException("no answer within " + timeout.toMillis() + "ms"));
            } catch (RuntimeException failure) {
                log.log(Level.ERROR, "A trip could not be given up", failure); // those behind it still have to be
            }
        }
    }
}
