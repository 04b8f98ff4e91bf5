package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.TimeSource;
import java.util.concurrent.locks.LockSupport;

/** A thread, platform or virtual, that sleeps until its turn. */
final class ThreadWaiter implements Waiter {

    private final Thread thread = Thread.currentThread();

    @Override
    public void granted(Decision decision) {
        LockSupport.unpark(thread);
    }

    @Override
    public boolean wakesItself() {
        return true;
    }

    /**
     * Sleeps until the turn of {@code place} has come.
     *
     * @throws WaitInterruptedException if interrupted before; the place has been given up
     */
    Decision await(WaitingLine.Place place, Decision reserved, TimeSource time) throws WaitInterruptedException {
        try {
            while (true) {
                long wakesAt = place.serve();
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
                time.parkUntil(this, wakesAt);
            }
        } finally {
            place.leave(); // if a time source fails; else nothing is left to give up
        }
    }
}
