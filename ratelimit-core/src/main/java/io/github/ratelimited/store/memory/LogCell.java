package io.github.ratelimited.store.memory;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.Proportion;
import io.github.ratelimited.store.SlidingLog;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** A bucket of a sliding window: the log is touched only under the cell's lock, the state says nothing else. */
final class LogCell extends Cell {

    private static final long OPEN = 0;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(LogCell.class, "state", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Limit limit;
    private final SlidingLog log;

    private volatile long state = OPEN;

    /** The latest time by which the log was read; who comes late with an earlier one reads it by this. */
    private long latest;

    LogCell(Limit limit, SlidingLog log, long now) {
        this.limit = limit;
        this.log = log;
        this.latest = now;
    }

    @Override
    long state() {
        return state;
    }

    @Override
    boolean swap(long expected, long next) {
        return STATE.compareAndSet(this, expected, next);
    }

    @Override
    void unlock(long next) {
        STATE.setRelease(this, next);
    }

    /** The later of {@code now} and the latest time by which it was read before: what has been forgotten then is. */
    long notBefore(long now) {
        if (now - latest > 0) {
            latest = now;
        }
        return latest;
    }

    /** One that takes the log over from this one, which retires. */
    LogCell successor() {
        return new LogCell(limit, log, latest);
    }

    /**
     * One of its own for a key that has shared this one: of an attacker's many keys none may have a long log copied. In return
     * the key may be held up for a period, as if it had taken all.
     */
    LogCell heir() {
        return new LogCell(limit, log.together(), latest);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // the same one nearly always
    boolean serves(Limit limit, long now) {
        return this.limit == limit || this.limit.equals(limit);
    }

    @Override
    Limit limit() {
        return limit;
    }

    @Override
    boolean maybeFull(long now) {
        return true;
    }

    @Override
    long tryTake(Claim claim, long now) {
        if (!serves(claim.limit(), now) || lock() == RETIRED) {
            return STALE;
        }
        try {
            long moment = notBefore(now);
            long at = log.earliest(moment, claim.cost());
            if (at == moment) {
                log.take(at, claim.cost());
            }
            return at - moment;
        } finally {
            unlock(OPEN);
        }
    }

    @Override
    @Nullable
    Decision decide(Claim claim, long now) {
        if (!serves(claim.limit(), now) || lock() == RETIRED) {
            return null;
        }
        try {
            long moment = notBefore(now);
            long at = log.earliest(moment, claim.cost());
            if (!fits(claim, moment, at)) {
                return denied(claim, OPEN, moment, at);
            }
            log.take(at, claim.cost());
            return allowed(claim, OPEN, OPEN, moment, at);
        } finally {
            unlock(OPEN);
        }
    }

    @Override
    long earliest(long state, long now, long cost) {
        notBefore(now);
        return log.earliest(now, cost);
    }

    @Override
    long maxWait() {
        return Long.MAX_VALUE / 2;
    }

    @Override
    long take(long state, long at, long cost) {
        log.take(at, cost);
        return OPEN;
    }

    @Override
    long giveBack(long state, long now, Decision taken) {
        log.giveBack(taken.grantedAt(), taken.cost());
        return OPEN;
    }

    @Override
    long giveBack(long state, long now, long cost) {
        log.giveBackLatest(notBefore(now), cost);
        return OPEN;
    }

    @Override
    long mark(long state) {
        return OPEN;
    }

    @Override
    long consumed(long state, long now) {
        notBefore(now);
        return log.consumed(now);
    }

    @Override
    long nanosToFull(long state, long now) {
        notBefore(now);
        return log.nanosToFull(now);
    }

    @Override
    long convert(long state, Origin next, long now) {
        long consumed = Proportion.converted(log.consumed(notBefore(now)), limit, next.limit);
        return next.algorithm.consume(consumed, next.elapsed(now));
    }

    @Override
    SlidingLog toLog(long state, Limit limit, long now) {
        return log.copy(limit);
    }
}
