package io.github.ratelimited.store;

import io.github.ratelimited.Limit;

/**
 * A counter for each window, as one number: the state is {@code window * permits + taken}, windows counted from an
 * origin at which one begins.
 *
 * <pre>
 * p = max(state, window(t) * permits);  if p's window has no room for cost, p = the next window's start
 * allowed at t  if  p is in window(t),  then  state = p + cost
 * </pre>
 *
 * A state at the very end of a window is the beginning of the next. Calls that wait have their permits counted in the
 * window in which they will go on, so no window ever counts more than {@code permits}.
 */
final class FixedWindow implements CompactAlgorithm {

    private static final long MAX_STATE = 1L << 60;

    /** A wall clock that is set while we run misplaces the windows for no longer than this. */
    private static final long VALIDITY = 60_000_000_000L;

    private final long permits;
    private final long period;

    FixedWindow(Limit limit) {
        this.permits = limit.permits();
        this.period = limit.period().toNanos();
    }

    @Override
    public long origin(long now, long epochNanos) {
        return now - Math.floorMod(epochNanos, period);
    }

    @Override
    public long base(long origin, long epochNanosAtOrigin) {
        return Math.floorDiv(epochNanosAtOrigin, period) * permits;
    }

    @Override
    public long validity() {
        return Math.min(VALIDITY, maxWait());
    }

    @Override
    public long horizon() {
        return maxWait() + period;
    }

    @Override
    public long full() {
        return -MAX_STATE;
    }

    @Override
    public long earliest(long state, long elapsed, long cost) {
        long window = window(place(state, elapsed, cost));
        return Math.max(elapsed, window * period);
    }

    @Override
    public long take(long state, long at, long cost) {
        return place(state, at, cost) + cost;
    }

    /**
     * A refund belongs to the window that it was taken from, and is worth something until that window ends. A call that
     * was the first of a later window leaves the room that it passed over.
     */
    @Override
    public long giveBack(long state, long elapsed, long cost, long before, long at) {
        long taken = take(before, at, cost);
        long takenIn = window(taken - 1);
        if (takenIn < Math.floorDiv(elapsed, period)) {
            return state;
        }
        if (state == taken) {
            return before;
        }
        return takenIn == window(state - 1) ? Math.max(takenIn * permits, state - cost) : state;
    }

    @Override
    public long giveBack(long state, long elapsed, long cost) {
        return Math.min(state, Math.max(windowStart(elapsed), state - cost));
    }

    @Override
    public long consumed(long state, long elapsed) {
        return Math.max(0, state - windowStart(elapsed));
    }

    @Override
    public long consume(long permitsTaken, long elapsed) {
        return windowStart(elapsed) + Math.min(permitsTaken, MAX_STATE);
    }

    @Override
    public long nanosToFull(long state, long elapsed) {
        return state <= windowStart(elapsed) ? 0 : (window(state - 1) + 1) * period - elapsed;
    }

    @Override
    public long maxWait() {
        long windows = MAX_STATE / permits;
        return windows >= Long.MAX_VALUE / 2 / period ? Long.MAX_VALUE / 2 : windows * period;
    }

    @Override
    public Drain drain() {
        return new Drain(period, permits, permits, 1);
    }

    /** The state from which {@code cost} permits can be taken in one window. */
    private long place(long state, long elapsed, long cost) {
        long from = Math.max(state, windowStart(elapsed));
        long next = (window(from) + 1) * permits;
        return from + cost <= next ? from : next;
    }

    private long window(long state) {
        return Math.floorDiv(state, permits);
    }

    private long windowStart(long elapsed) {
        return Math.floorDiv(elapsed, period) * permits;
    }
}
