package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.Decision;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is decided on buckets that somebody has read, and holds as long as it takes. */
final class Deciding {

    private Deciding() {}

    /** Decides requests for the same buckets one after the other. */
    static List<Decision> all(List<List<JdbcClaim>> requests, List<@Nullable Bucket> buckets) {
        List<Decision> decisions = new ArrayList<>(requests.size());
        for (List<JdbcClaim> claims : requests) {
            decisions.add(one(claims, buckets));
        }
        return decisions;
    }

    /**
     * All are taken for the moment at which the call goes on, the latest that any has to wait for, or none is. Time is
     * the same for all: that of the bucket whose clock is farthest.
     */
    private static Decision one(List<JdbcClaim> claims, List<@Nullable Bucket> buckets) {
        long[] waits = new long[claims.size()];
        long longest = 0;
        long most = Long.MAX_VALUE;
        for (int i = 0; i < waits.length; i++) {
            JdbcClaim claim = claims.get(i);
            Bucket bucket = Objects.requireNonNull(buckets.get(i));
            waits[i] = bucket.earliest(claim.cost()) - bucket.now;
            longest = Math.max(longest, waits[i]);
            most = Math.min(most, Math.min(claim.maxWaitNanos(), bucket.maxWait()));
        }
        boolean fit = longest <= most;
        List<Decision> parts = new ArrayList<>(waits.length);
        for (int i = 0; i < waits.length; i++) {
            JdbcClaim claim = claims.get(i);
            Bucket bucket = Objects.requireNonNull(buckets.get(i));
            if (fit) {
                long at = bucket.now + longest;
                long before = bucket.take(at, claim.cost());
                parts.add(allowed(claim, bucket, at, before));
            } else if (waits[i] == 0 || (waits[i] <= most && waits[i] < longest)) {
                parts.add(allowed(claim, bucket, bucket.now + waits[i], bucket.level()));
            } else {
                parts.add(denied(claim, bucket, waits[i]));
            }
        }
        return parts.size() == 1 ? parts.get(0) : Decision.ofAll(parts);
    }

    /** What the claim would be told now. */
    static Decision peek(JdbcClaim claim, Bucket bucket) {
        long wait = bucket.earliest(claim.cost()) - bucket.now;
        if (wait > Math.min(claim.maxWaitNanos(), bucket.maxWait())) {
            return denied(claim, bucket, wait);
        }
        Decision peeked = allowed(claim, bucket, bucket.now + wait, bucket.level());
        peeked.takeRefund(); // there is nothing to give back
        return peeked;
    }

    static Decision costAboveLimit(JdbcClaim claim, Bucket bucket) {
        return Decision.costAboveLimit(
                claim.name().shown(), claim.limit(), claim.cost(), bucket.remaining(), bucket.nanosToFull());
    }

    private static Decision allowed(JdbcClaim claim, Bucket bucket, long at, long before) {
        return Decision.allowed(
                claim.name().shown(),
                claim.limit(),
                claim.cost(),
                bucket.remaining(),
                bucket.nanosToFull(),
                at - bucket.now,
                at,
                before);
    }

    private static Decision denied(JdbcClaim claim, Bucket bucket, long wait) {
        return Decision.overLimit(
                claim.name().shown(), claim.limit(), claim.cost(), bucket.remaining(), wait, bucket.nanosToFull());
    }

    /** Gives back what decisions have taken, but of buckets that were made after that. Whether anything changed. */
    static boolean giveBack(List<Decision> taken, List<@Nullable Bucket> buckets) {
        boolean changed = false;
        for (int i = 0; i < taken.size(); i++) {
            Bucket bucket = buckets.get(i);
            if (bucket != null) {
                changed |= bucket.giveBack(taken.get(i));
            }
        }
        return changed;
    }
}
