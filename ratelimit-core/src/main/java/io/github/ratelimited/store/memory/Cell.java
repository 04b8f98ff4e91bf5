package io.github.ratelimited.store.memory;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.SlidingLog;
import org.jspecify.annotations.Nullable;

/**
 * What one bucket remembers. Its {@code state} is also its lock: whoever swaps it for {@link #BUSY} has the cell to
 * itself until it stores a state again, which is never long. A {@link #RETIRED} cell is no longer anyone's: look the
 * bucket up again.
 */
abstract class Cell {

    static final long BUSY = Long.MIN_VALUE;
    static final long RETIRED = Long.MIN_VALUE + 1;

    static final long STALE = -1;

    abstract long state();

    abstract boolean swap(long expected, long next);

    abstract void unlock(long next);

    /** Whether this cell can be read by that limit's numbers now, or needs a successor. */
    abstract boolean serves(Limit limit, long now);

    /** The limit whose numbers the state is in. */
    abstract Limit limit();

    /** Without the lock: false if surely not full again, else worth a look under the lock. */
    abstract boolean maybeFull(long now);

    /** Takes the claim's permits and returns 0 if that needs no wait; else the wait that it would need, or {@link #STALE}. */
    abstract long tryTake(Claim claim, long now);

    /** Decides the claim alone; {@code null} if this cell is stale. */
    abstract @Nullable Decision decide(Claim claim, long now);

    // The rest asks for the lock, and for the state that came with it.

    /** The moment, not before {@code now}, from which {@code cost} can be had. */
    abstract long earliest(long state, long now, long cost);

    /** The longest wait that can be reserved. */
    abstract long maxWait();

    /** The state after {@code cost} was taken for the moment {@code at}. */
    abstract long take(long state, long at, long cost);

    /** The state after what {@code taken} has taken was given back. */
    abstract long giveBack(long state, long now, Decision taken);

    /** The state after up to {@code cost} was given back, whoever took it. */
    abstract long giveBack(long state, long now, long cost);

    /** A mark of the state that cells of the same limit understand. */
    abstract long mark(long state);

    /** Permits taken and not refilled. */
    abstract long consumed(long state, long now);

    /** Nanoseconds until as if never used. */
    abstract long nanosToFull(long state, long now);

    /** What this cell remembers, as the state of a cell that is read by {@code next}. */
    abstract long convert(long state, Origin next, long now);

    /** What this cell remembers, as a log of its own for a sliding window. */
    abstract SlidingLog toLog(long state, Limit limit, long now);

    /** Whether both are the cell of one bucket, and so have one lock. */
    boolean isSame(Cell other) {
        return this == other;
    }

    /** The state, which now nobody else can read or change; {@link #RETIRED} if the cell is, and not locked. */
    final long lock() {
        for (int tries = 0; ; tries++) {
            long seen = tryLock();
            if (seen != BUSY) {
                return seen;
            }
            pause(tries);
        }
    }

    /** As {@link #lock}, but {@link #BUSY} if somebody else has it. */
    final long tryLock() {
        long seen = state();
        if (seen == BUSY || seen == RETIRED) {
            return seen;
        }
        return swap(seen, BUSY) ? seen : BUSY;
    }

    @SuppressWarnings("ThreadPriorityCheck") // whoever has the lock may need our core to finish
    static void pause(int tries) {
        if (tries < 32) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
    }

    /** {@code before} and {@code state} are those around {@link #take}. */
    final Decision allowed(Claim claim, long before, long state, long now, long at) {
        return Decision.allowed(
                claim.name().shown(),
                claim.limit(),
                claim.cost(),
                remaining(claim.limit(), state, now),
                nanosToFull(state, now),
                at - now,
                at,
                mark(before));
    }

    final Decision denied(Claim claim, long state, long now, long at) {
        return Decision.overLimit(
                claim.name().shown(),
                claim.limit(),
                claim.cost(),
                remaining(claim.limit(), state, now),
                at - now,
                nanosToFull(state, now));
    }

    final long remaining(Limit limit, long state, long now) {
        return Math.max(0, limit.burst() - consumed(state, now));
    }

    /** Whether a wait from {@code now} to {@code at} is one that the caller will make and the cell can reserve. */
    final boolean fits(Claim claim, long now, long at) {
        long wait = at - now;
        return wait == 0 || (wait <= claim.maxWaitNanos() && wait <= maxWait());
    }
}
