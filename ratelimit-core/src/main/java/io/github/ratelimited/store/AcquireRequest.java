package io.github.ratelimited.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What one call asks of a store: all its claims or none.
 *
 * @param claims not empty; in an order that is the same for every request (by limit, then key), each bucket once
 */
public record AcquireRequest(List<Claim> claims) {

    private static final Comparator<Claim> ORDER = Comparator.comparing(Claim::name)
            .thenComparing(Claim::key, Comparator.nullsFirst(Comparator.naturalOrder()));

    /** Sorts the claims, and joins those on one bucket into one: their costs add up, the shorter wait holds. */
    public AcquireRequest {
        if (claims.isEmpty()) {
            throw new IllegalArgumentException("a request needs at least one claim");
        }
        claims = inOrder(claims) ? List.copyOf(claims) : joined(claims);
    }

    /** A request for one claim. */
    public static AcquireRequest of(Claim claim) {
        return new AcquireRequest(List.of(claim));
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
        List<Claim> sorted = new ArrayList<>(claims);
        sorted.sort(ORDER);
        for (int i = sorted.size() - 1; i > 0; i--) {
            Claim a = sorted.get(i - 1);
            Claim b = sorted.get(i);
            if (ORDER.compare(a, b) == 0) {
                long cost = a.cost() + b.cost() < 0 ? Long.MAX_VALUE : a.cost() + b.cost();
                sorted.set(
                        i - 1,
                        new Claim(a.name(), a.limit(), a.key(), cost, Math.min(a.maxWaitNanos(), b.maxWaitNanos())));
                sorted.remove(i);
            }
        }
        return List.copyOf(sorted);
    }
}
