package io.github.ratelimited.store.memory;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.Proportion;
import io.github.ratelimited.store.SlidingLog;
import org.jspecify.annotations.Nullable;

/** A bucket of a sliding window: the log is touched only under the cell's lock, the state says nothing else. */
final class LogCell extends Cell {

    private static final long OPEN = 0;

    private final Limit limit;
    private final SlidingLog log;

    LogCell(Limit limit, SlidingLog log) {
        super(OPEN);
        this.limit = limit;
        this.log = log;
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
    int tryTake(Claim claim, long now) {
        if (!serves(claim.limit(), now) || lock() == RETIRED) {
            return STALE;
        }
        try {
            if (log.earliest(now, claim.cost()) != now) {
                return DENIED;
            }
            log.take(now, claim.cost());
            return TAKEN;
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
            long at = log.earliest(now, claim.cost());
            if (!fits(claim, now, at)) {
                return denied(claim, OPEN, now, at);
            }
            log.take(at, claim.cost());
            return allowed(claim, OPEN, OPEN, now, at);
        } finally {
            unlock(OPEN);
        }
    }

    @Override
    long earliest(long state, long now, long cost) {
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
    long mark(long state) {
        return OPEN;
    }

    @Override
    long consumed(long state, long now) {
        return log.consumed(now);
    }

    @Override
    long nanosToFull(long state, long now) {
        return log.nanosToFull(now);
    }

    @Override
    long convert(long state, Origin next, long now) {
        long consumed = Proportion.scaled(log.consumed(now), limit, next.limit);
        return next.algorithm.consume(consumed, next.elapsed(now));
    }

    @Override
    SlidingLog toLog(long state, Limit limit, long now) {
        return log.copy(limit);
    }
}
