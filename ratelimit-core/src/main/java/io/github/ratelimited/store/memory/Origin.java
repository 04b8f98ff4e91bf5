package io.github.ratelimited.store.memory;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.CompactAlgorithm;
import io.github.ratelimited.store.Proportion;

/** By which limit, and counting from when, the states of cells are to be read. Shared by the cells of a limit. */
final class Origin {

    /** Both clocks are to be read at one moment, with no pause of the thread between. */
    private static final long SAME_MOMENT = 100_000;

    /** Clocks that are kept in step differ by less from one origin to the next. */
    private static final long IN_STEP = 1_000_000_000L;

    final Limit limit;
    final CompactAlgorithm algorithm;
    final long nanos;
    final long base;
    private final long wall;
    private final long validUntil;
    private final long backwards;
    private final long horizon;

    Origin(Limit limit, CompactAlgorithm algorithm, TimeSource time, long now) {
        this.limit = limit;
        this.algorithm = algorithm;
        long read = time.nanoTime();
        long epochNanos = time.epochNanos();
        for (int tries = 0; time.nanoTime() - read > SAME_MOMENT && tries < 3; tries++) {
            read = time.nanoTime();
            epochNanos = time.epochNanos();
        }
        this.wall = epochNanos - read;
        this.nanos = algorithm.origin(read, epochNanos);
        this.base = algorithm.base(nanos, epochNanos - (read - nanos));
        this.validUntil = now + algorithm.validity();
        this.backwards = -algorithm.validity();
        this.horizon = algorithm.horizon();
    }

    @SuppressWarnings("ReferenceEquality") // the same one nearly always
    boolean serves(Limit limit, long now) {
        return (this.limit == limit || this.limit.equals(limit)) && now - validUntil <= 0;
    }

    /** Nanoseconds since this origin, as far as a state can be understood; a clock that went back counts as no time. */
    long elapsed(long now) {
        long elapsed = now - nanos;
        return Math.max(elapsed, backwards);
    }

    /** Whether every state of this origin has refilled by now. */
    boolean past(long now) {
        return now - nanos > horizon;
    }

    /** Whether whatever was taken at a moment has refilled by now. */
    boolean isPast(long moment, long now) {
        return now - moment > horizon;
    }

    /**
     * Whether it is a later one of the same numbers, by which every state of {@code from} can be read exactly. Bases say so
     * where they cannot have wrapped, which takes only hours where ticks are fine.
     */
    boolean follows(Origin from) {
        return from.limit.equals(limit) && (from.past(nanos) || (!past(from.nanos) && base - from.base >= 0));
    }

    /** Whether the wall clock was set since, so that what was taken then may be of another window now. */
    boolean hasOtherWindowsThan(Origin before) {
        return limit.algorithm() == Algorithm.FIXED_WINDOW && Math.abs(wall - before.wall) > IN_STEP;
    }

    /** The state, read by {@code from}, as this origin reads it. */
    long convert(Origin from, long state, long now) {
        if (from.past(now) || from.past(nanos)) {
            return algorithm.full();
        }
        if (follows(from)) {
            long passed = base - from.base;
            return state < algorithm.full() + passed ? algorithm.full() : state - passed;
        }
        long consumed = from.algorithm.consumed(state, from.elapsed(now));
        return algorithm.consume(Proportion.converted(consumed, from.limit, limit), elapsed(now));
    }
}
