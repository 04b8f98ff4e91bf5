package io.github.ratelimited.store.memory;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.CompactAlgorithm;
import io.github.ratelimited.store.Proportion;
import io.github.ratelimited.store.SlidingLog;
import org.jspecify.annotations.Nullable;

/** A bucket of one {@code long}: a decision is one compare-and-set, and a denial writes nothing. */
abstract class CompactCell extends Cell {

    final Origin origin;

    CompactCell(Origin origin) {
        this.origin = origin;
    }

    @Override
    final boolean serves(Limit limit, long now) {
        return origin.serves(limit, now);
    }

    @Override
    final Limit limit() {
        return origin.limit;
    }

    @Override
    final boolean maybeFull(long now) {
        long seen = state();
        return seen > RETIRED && nanosToFull(seen, now) == 0;
    }

    @Override
    final long tryTake(Claim claim, long now) {
        Origin from = origin;
        if (!from.serves(claim.limit(), now)) {
            return STALE;
        }
        long elapsed = from.elapsed(now);
        for (int tries = 0; ; tries++) {
            long seen = state();
            if (seen <= RETIRED) {
                if (seen == RETIRED) {
                    return STALE;
                }
                pause(tries);
                continue;
            }
            long wait = from.algorithm.earliest(seen, elapsed, claim.cost()) - elapsed;
            if (wait != 0 || swap(seen, from.algorithm.take(seen, elapsed, claim.cost()))) {
                return wait;
            }
        }
    }

    @Override
    @Nullable
    final Decision decide(Claim claim, long now) {
        if (!origin.serves(claim.limit(), now)) {
            return null;
        }
        for (int tries = 0; ; tries++) {
            long seen = state();
            if (seen == RETIRED) {
                return null;
            }
            if (seen == BUSY) {
                pause(tries);
                continue;
            }
            long at = earliest(seen, now, claim.cost());
            if (!fits(claim, now, at)) {
                return denied(claim, seen, now, at);
            }
            long taken = take(seen, at, claim.cost());
            if (swap(seen, taken)) {
                return allowed(claim, seen, taken, now, at);
            }
        }
    }

    @Override
    final long earliest(long state, long now, long cost) {
        long elapsed = origin.elapsed(now);
        return now + (algorithm().earliest(state, elapsed, cost) - elapsed);
    }

    @Override
    final long maxWait() {
        return algorithm().maxWait();
    }

    @Override
    final long take(long state, long at, long cost) {
        return algorithm().take(state, origin.elapsed(at), cost);
    }

    @Override
    final long giveBack(long state, long now, Decision taken) {
        if (origin.isPast(taken.grantedAt(), now)) {
            return state;
        }
        return algorithm()
                .giveBack(
                        state,
                        origin.elapsed(now),
                        taken.cost(),
                        taken.before() - origin.base,
                        taken.grantedAt() - origin.nanos);
    }

    @Override
    final long giveBack(long state, long now, long cost) {
        return origin.past(now) ? state : algorithm().giveBack(state, origin.elapsed(now), cost);
    }

    @Override
    final long mark(long state) {
        return state + origin.base;
    }

    @Override
    final long consumed(long state, long now) {
        return origin.past(now) ? 0 : algorithm().consumed(state, origin.elapsed(now));
    }

    @Override
    final long nanosToFull(long state, long now) {
        return origin.past(now) ? 0 : algorithm().nanosToFull(state, origin.elapsed(now));
    }

    @Override
    final long convert(long state, Origin next, long now) {
        return next.convert(origin, state, now);
    }

    @Override
    final SlidingLog toLog(long state, Limit limit, long now) {
        return SlidingLog.consumed(limit, Proportion.converted(consumed(state, now), origin.limit, limit), now);
    }

    private CompactAlgorithm algorithm() {
        return origin.algorithm;
    }
}
