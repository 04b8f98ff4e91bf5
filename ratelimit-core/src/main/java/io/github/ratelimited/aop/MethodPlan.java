package io.github.ratelimited.aop;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.KeyText;
import io.github.ratelimited.store.NamedLimit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that is to be known of a limited method, worked out once: what a call of it asks for, and of whom. */
final class MethodPlan {

    private final Admission admission;
    private final List<PlannedLimit> limits;

    /** The request of every call, as long as it is the same: one limit, no key, and the numbers have not changed. */
    private @Nullable AcquireRequest constant;

    MethodPlan(Admission admission, List<PlannedLimit> limits) {
        this.admission = admission;
        this.limits = limits.stream()
                .sorted(Comparator.comparing(planned -> planned.limit().name()))
                .toList();
    }

    /** One limit of a method. */
    record PlannedLimit(NamedLimit limit, @Nullable CallExpression key, long maxWaitNanos) {

        Claim claim(Admission admission, Object[] arguments) {
            String text = key == null ? null : KeyText.of(key.evaluate(arguments));
            return admission.store().claim(limit.name(), limit.limit(), text, 1, maxWaitNanos);
        }
    }

    /**
     * Lets a call with these arguments in, now or after its turn has come.
     *
     * @throws RateLimitExceededException if it is denied, or interrupted while it waits
     */
    void admit(Object[] arguments) {
        AcquireRequest request = request(arguments);
        Decision decision = admission.store().acquire(request);
        if (decision.waitNanos() > 0) {
            decision = await(request, decision);
        }
        if (!decision.allowed()) {
            throw new RateLimitExceededException(decision);
        }
    }

    private Decision await(AcquireRequest request, Decision reserved) {
        try {
            return admission.await(request, reserved);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return reserved.interrupted();
        }
    }

    private AcquireRequest request(Object[] arguments) {
        PlannedLimit only = limits.get(0);
        if (limits.size() > 1) {
            List<Claim> claims = new ArrayList<>(limits.size());
            for (PlannedLimit limit : limits) {
                claims.add(limit.claim(admission, arguments));
            }
            return new AcquireRequest(claims);
        }
        if (only.key != null) {
            return AcquireRequest.of(only.claim(admission, arguments));
        }
        AcquireRequest request = constant;
        if (request == null || isReplaced(request.claims().get(0).limit(), only.limit.limit())) {
            request = AcquireRequest.of(only.claim(admission, arguments));
            constant = request;
        }
        return request;
    }

    @SuppressWarnings("ReferenceEquality") // asks whether it was replaced
    private static boolean isReplaced(Limit known, Limit inForce) {
        return known != inForce;
    }
}
