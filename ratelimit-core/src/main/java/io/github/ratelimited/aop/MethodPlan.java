package io.github.ratelimited.aop;

import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.Claim;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/** All that is to be known of a limited method, worked out once: what a call of it asks for, of whom, and how it waits. */
final class MethodPlan {

    private final Admission admission;
    private final List<PlannedLimit> limits;
    private final CallStyle style;

    /** The only limit if it asks the same of every call; its request, as long as its numbers have not changed. */
    private final @Nullable PlannedLimit constant;

    private @Nullable AcquireRequest constantRequest;

    MethodPlan(Method method, Class<?> type, Admission admission, List<PlannedLimit> limits) {
        this.admission = admission;
        this.limits = limits.stream()
                .sorted(Comparator.comparing(planned -> planned.limit().name()))
                .toList();
        this.style = CallStyle.of(method, type);
        this.constant = limits.size() == 1 && limits.get(0).isConstant() ? limits.get(0) : null;
    }

    /** Makes a call: now, after its turn has come, or not at all, in the way of the method's kind. */
    @Nullable
    Object call(MethodInvocation call) throws Throwable {
        return style.call(this, call);
    }

    Admission admission() {
        return admission;
    }

    /** What the call asks for; {@code null} if none of the limits holds for it. */
    @Nullable
    AcquireRequest request(MethodInvocation call) {
        if (constant != null) {
            return constantRequest(constant, call);
        }
        if (limits.size() == 1) {
            Claim claim = limits.get(0).claim(call);
            return claim == null ? null : AcquireRequest.of(claim);
        }
        List<Claim> claims = new ArrayList<>(limits.size());
        for (PlannedLimit limit : limits) {
            Claim claim = limit.claim(call);
            if (claim != null) {
                claims.add(claim);
            }
        }
        return claims.isEmpty() ? null : new AcquireRequest(claims);
    }

    private @Nullable AcquireRequest constantRequest(PlannedLimit constant, MethodInvocation call) {
        AcquireRequest request = constantRequest;
        if (request == null
                || isReplaced(request.claims().get(0).limit(), constant.limit().limit())) {
            Claim claim = constant.claim(call);
            request = claim == null ? null : AcquireRequest.of(claim);
            constantRequest = request;
        }
        return request;
    }

    /**
     * What becomes of a denied call: the result of the fallback that its limit declares.
     *
     * @throws RateLimitExceededException the denial, if there is no fallback
     */
    @Nullable
    Object denied(MethodInvocation call, RateLimitExceededException denial) throws Throwable {
        for (PlannedLimit limit : limits) {
            if (limit.fallback() != null && limit.limit().name().shown().equals(denial.getLimitName())) {
                return limit.fallback().call(call, denial);
            }
        }
        throw denial;
    }

    @SuppressWarnings("ReferenceEquality") // asks whether it was replaced
    private static boolean isReplaced(Limit known, Limit inForce) {
        return known != inForce;
    }
}
