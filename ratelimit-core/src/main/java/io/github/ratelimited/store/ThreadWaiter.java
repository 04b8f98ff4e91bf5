package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.TimeSource;
import java.util.concurrent.locks.LockSupport;

/** A thread, platform or virtual, that sleeps until its turn. */
final class ThreadWaiter implements Waiter {

    /** How long one sleeps who waits to be told. */
    private static final long FAR = Long.MAX_VALUE / 4;

    private final Thread thread = Thread.currentThread();

    /** Guarded by the line's lock. */
    private long wakesAt;

    @Override
    public void granted(Admission admission, AcquireRequest request, Decision decision) {
        LockSupport.unpark(thread);
    }

    /** It may sleep until that moment. */
    void sleepsUntil(long moment) {
        wakesAt = moment;
    }

    /** Whether it wakes by itself just then. */
    boolean wakesAt(long moment) {
        return wakesAt == moment;
    }

    /** Until when it sleeps on: if it has lost the turn for which it woke, until it is told of another. */
    long sleepsOn(long now) {
        if (wakesAt - now <= 0) {
            wakesAt = now + FAR;
        }
        return wakesAt;
    }

    /**
     * Sleeps until the turn of {@code place} has come.
     *
     * @throws WaitInterruptedException if interrupted before; the place has been given up
     */
    Decision await(WaitingLine.Place place, Decision reserved, TimeSource time) throws WaitInterruptedException {
        try {
            while (true) {
                long until = place.serve();
                Decision granted = place.granted();
                if (granted != null) {
                    return granted;
                }
                if (Thread.interrupted()) {
                    if (place.leave()) {
                        throw new WaitInterruptedException(reserved);
                    }
                    thread.interrupt();
                    continue;
                }
                time.parkUntil(this, until);
            }
        } finally {
            place.leave(); // if a time source fails; else nothing is left to give up
        }
    }
}
