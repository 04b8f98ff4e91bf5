package io.github.ratelimited.benchmark;

import io.github.ratelimited.Limit;
import java.util.concurrent.atomic.AtomicLong;

/** The floor: a textbook GCRA, one look at the clock and one compare-and-set. Not exact, never expires. */
record Gcra(long increment, long capacity) {

    static Gcra of(Limit limit) {
        long increment = limit.period().toNanos() / limit.permits();
        return new Gcra(increment, increment * limit.burst());
    }

    AtomicLong newState() {
        return new AtomicLong(System.nanoTime());
    }

    boolean tryAcquire(AtomicLong state) {
        long now = System.nanoTime();
        while (true) {
            long seen = state.get();
            long next = (seen - now > 0 ? seen : now) + increment;
            if (next - now > capacity) {
                return false;
            }
            if (state.compareAndSet(seen, next)) {
                return true;
            }
        }
    }

    /** Takes one permit and tells how many nanoseconds away it is. */
    long reserve(AtomicLong state) {
        long now = System.nanoTime();
        long next = state.updateAndGet(seen -> (seen - now > 0 ? seen : now) + increment);
        return Math.max(0, next - capacity - now);
    }
}
