package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.Decision;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.Claim;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What one request takes by its rules, all or nothing, and gives back if its answer does not count. */
final class Taken {

    private final Admission admission;
    private final List<RouteRule> rules;
    private final List<Claim> claims;
    private final AcquireRequest request;
    private volatile @Nullable Decision decision;

    /**
     * By these rules.
     *
     * @param claims what each of them takes: one request is one call of a bucket, whatever rules lead there
     */
    Taken(Admission admission, List<RouteRule> rules, List<Claim> claims) {
        this.admission = admission;
        this.rules = rules;
        this.claims = claims;
        this.request = new AcquireRequest(claims.size() == 1 ? claims : List.copyOf(new LinkedHashSet<>(claims)));
    }

    AcquireRequest request() {
        return request;
    }

    /** It was allowed. */
    void by(Decision allowed) {
        decision = allowed;
    }

    boolean countsSome() {
        return request.claims().stream().anyMatch(claim -> allOf(claim, RouteRule::countsSome));
    }

    /** Gives the permits back that an answer of that status does not cost by any rule. */
    void answered(int status) {
        Decision taken = decision;
        for (int i = 0; taken != null && i < request.claims().size(); i++) {
            Claim claim = request.claims().get(i);
            if (allOf(claim, rule -> !rule.counts(status))) {
                admission.refund(AcquireRequest.of(claim), taken.parts().get(i));
            }
        }
    }

    private boolean allOf(Claim bucket, Predicate<RouteRule> test) {
        for (int i = 0; i < rules.size(); i++) {
            Claim claim = claims.get(i);
            if (claim.name().equals(bucket.name())
                    && Objects.equals(claim.key(), bucket.key())
                    && !test.test(rules.get(i))) {
                return false;
            }
        }
        return true;
    }
}
