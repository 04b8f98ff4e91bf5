package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one call asks of a store: all its claims or none.
 *
 * @param claims not empty; in an order that is the same for every request (by limit, then key), each bucket once
 * @param answered the ids of the limits whose denial is answered by something else, a fallback; for those who count. Two requests
 *     that differ in nothing else are equal.
 * @param again whether it is asked for once more, so that who listens need be told of a denial only; requests that
 *     differ in nothing else are equal, too
 */
public record AcquireRequest(List<Claim> claims, Set<String> answered, boolean again) {

    private static final Comparator<Claim> ORDER = Comparator.comparing(Claim::name)
            .thenComparing(Claim::key, Comparator.nullsFirst(Comparator.naturalOrder()));

    /**
     * Sorts the claims, and joins those on one bucket into one: their costs add up, the shorter wait holds, and if its
     * limit was replaced while they were made, the numbers of one of them.
     */
    public AcquireRequest {
        if (claims.isEmpty()) {
            throw new IllegalArgumentException("a request needs at least one claim");
        }
        claims = inOrder(claims) ? List.copyOf(claims) : joined(claims);
    }

    /** A request that is asked for the first time. */
    public AcquireRequest(List<Claim> claims, Set<String> answered) {
        this(claims, answered, false);
    }

    /** A request whose denial is a denial. */
    public AcquireRequest(List<Claim> claims) {
        this(claims, Set.of());
    }

    /** A request for one claim. */
    public static AcquireRequest of(Claim claim) {
        return new AcquireRequest(List.of(claim));
    }

    /** Whether any wait is acceptable. */
    public boolean mayWait() {
        for (Claim claim : claims) {
            if (claim.maxWaitNanos() > 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * The index of the claim that a part of a decision on this request speaks of. It is the part's own, unless the store
     * has told only of those that deny; then of the one claim that is on the part's limit at its cost, or -1.
     */
    int claimOf(Decision decision, int part) {
        if (decision.parts().size() == claims.size()) {
            return part;
        }
        int found = -1;
        for (int i = 0; i < claims.size(); i++) {
            if (isOn(claims.get(i), decision.part(part))) {
                if (found >= 0) {
                    return -1;
                }
                found = i;
            }
        }
        return found;
    }

    private static boolean isOn(Claim claim, Decision part) {
        return claim.cost() == part.cost()
                && claim.limit().equals(part.limit())
                && claim.name().shown().equals(part.limitName());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || (other instanceof AcquireRequest that && claims.equals(that.claims));
    }

    @Override
    public int hashCode() {
        return claims.hashCode();
    }

    private static boolean inOrder(List<Claim> claims) {
        for (int i = 1; i < claims.size(); i++) {
            if (ORDER.compare(claims.get(i - 1), claims.get(i)) >= 0) {
                return false;
            }
        }
        return true;
    }

    private static List<Claim> joined(List<Claim> claims) {
        List<Claim> sorted = claims.stream().sorted(ORDER).toList();
        List<Claim> joined = new ArrayList<>(sorted.subList(0, 1));
        for (Claim claim : sorted.subList(1, sorted.size())) {
            int end = joined.size() - 1;
            Claim last = joined.get(end);
            if (ORDER.compare(last, claim) == 0) {
                joined.set(end, both(last, claim));
            } else {
                joined.add(claim);
            }
        }
        return List.copyOf(joined);
    }

    private static Claim both(Claim a, Claim b) {
        long cost = a.cost() + b.cost() < 0 ? Long.MAX_VALUE : a.cost() + b.cost();
        return a.with(a.key(), cost, Math.min(a.maxWaitNanos(), b.maxWaitNanos()));
    }
}
