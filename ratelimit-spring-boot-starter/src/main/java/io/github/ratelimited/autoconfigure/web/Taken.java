package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.Decision;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.Claim;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one request takes by its rules, all or nothing, and gives back if its answer does not count. */
final class Taken {

    private final Admission admission;
    private final Map<Claim, List<RouteRule>> rules;
    private final AcquireRequest request;
    private volatile @Nullable Decision decision;

    /** By the rules that lead to each claim. */
    Taken(Admission admission, Map<Claim, List<RouteRule>> rules) {
        this.admission = admission;
        this.rules = rules;
        this.request = new AcquireRequest(List.copyOf(rules.keySet()));
    }

    AcquireRequest request() {
        return request;
    }

    /** It was allowed. */
    void by(Decision allowed) {
        decision = allowed;
    }

    boolean countsSome() {
        return rules.values().stream().anyMatch(each -> each.stream().allMatch(RouteRule::countsSome));
    }

    /** Gives the permits back that an answer of that status does not cost by any rule. */
    void answered(int status) {
        Decision taken = decision;
        for (int i = 0; taken != null && i < request.claims().size(); i++) {
            Claim claim = request.claims().get(i);
            if (rules.getOrDefault(claim, List.of()).stream().noneMatch(rule -> rule.counts(status))) {
                admission.refund(AcquireRequest.of(claim), taken.parts().get(i));
            }
        }
    }
}
