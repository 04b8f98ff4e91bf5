package io.github.ratelimited.aop;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.Claim;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/** All that is to be known of a limited method, worked out once: what a call of it asks for, of whom, and how it waits. */
final class MethodPlan {

    private final Admission admission;
    private final List<PlannedLimit> limits;
    private final CallStyle style;

    /** Whether all limits ask the same of every call; then the request for it, as long as no numbers have changed. */
    private final boolean isConstant;

    /** The ids of the limits that have a fallback. */
    private final Set<String> answered;

    private @Nullable AcquireRequest constantRequest;

    MethodPlan(Method method, Class<?> type, Admission admission, List<PlannedLimit> limits) {
        this.admission = admission;
        this.limits = limits.stream()
                .sorted(Comparator.comparing(planned -> planned.limit().name()))
                .toList();
        this.style = CallStyle.of(method, type);
        this.isConstant = limits.stream().allMatch(PlannedLimit::isConstant);
        this.answered = limits.stream()
                .filter(planned -> planned.fallback() != null)
                .map(planned -> planned.limit().name().limitId())
                .collect(Collectors.toUnmodifiableSet());
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
        AcquireRequest known = constantRequest;
        if (known != null && isInForce(known)) {
            return known;
        }
        AcquireRequest request = newRequest(call);
        if (isConstant) {
            constantRequest = request;
        }
        return request;
    }

    private @Nullable AcquireRequest newRequest(MethodInvocation call) {
        if (limits.size() == 1) {
            Claim claim = limits.get(0).claim(call);
            return claim == null ? null : new AcquireRequest(List.of(claim), answered);
        }
        List<Claim> claims = new ArrayList<>(limits.size());
        for (PlannedLimit limit : limits) {
            Claim claim = limit.claim(call);
            if (claim != null) {
                claims.add(claim);
            }
        }
        return claims.isEmpty() ? null : new AcquireRequest(claims, answered);
    }

    /** The claims of a constant request are in the order of the limits: by name, and none has a key. */
    private boolean isInForce(AcquireRequest constant) {
        for (int i = 0; i < limits.size(); i++) {
            if (!limits.get(i).isInForce(constant.claims().get(i))) {
                return false;
            }
        }
        return true;
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
}
