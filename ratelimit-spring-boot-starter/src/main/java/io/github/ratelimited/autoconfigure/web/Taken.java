package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.Decision;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.Claim;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one request takes by its rules, all or nothing, and gives back if its answer does not count. */
final class Taken {

    private final Admission admission;
    private final List<Claim> claims;
    private final List<RouteRule> rules;
    private final AcquireRequest request;
    private volatile @Nullable Decision decision;

    /** The rule of each claim has its index. */
    Taken(Admission admission, List<Claim> claims, List<RouteRule> rules) {
        this.admission = admission;
        this.claims = claims;
        this.rules = rules;
        this.request = new AcquireRequest(claims);
    }

    AcquireRequest request() {
        return request;
    }

    /** It was allowed. */
    void by(Decision allowed) {
        decision = allowed;
    }

    boolean countsSome() {
        for (RouteRule rule : rules) {
            if (rule.countsSome()) {
                return true;
            }
        }
        return false;
    }

    /** Gives the permits of those rules back for which an answer of that status costs nothing. */
    void answered(int status) {
        for (int i = 0; i < rules.size(); i++) {
            if (!rules.get(i).counts(status)) {
                giveBack(claims.get(i));
            }
        }
    }

    /** The request was denied later on. */
    void giveAllBack() {
        claims.forEach(this::giveBack);
    }

    private void giveBack(Claim claim) {
        Decision taken = decision;
        if (taken != null) {
            int index = request.claims().indexOf(claim);
            admission.refund(
                    AcquireRequest.of(request.claims().get(index)),
                    taken.parts().get(index));
        }
    }
}
