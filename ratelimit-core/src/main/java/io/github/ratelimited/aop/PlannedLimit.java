package io.github.ratelimited.aop;

import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.KeyText;
import io.github.ratelimited.store.NamedLimit;
import java.util.Map;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/**
 * One limit of a method, with all that its calls are asked for.
 *
 * @param limit the limit, where no plan picks another one
 * @param plans the limits that {@code plan} picks from
 * @param maxWaitNanos how long a call may wait for this limit, as it is declared; not negative
 */
record PlannedLimit(
        NamedLimit limit,
        Map<String, NamedLimit> plans,
        @Nullable CallExpression key,
        CallCost cost,
        @Nullable CallExpression condition,
        @Nullable CallExpression plan,
        long maxWaitNanos,
        @Nullable Fallback fallback) {

    /** Whether every call makes the same claim, as long as the limit's numbers stay. */
    boolean isConstant() {
        return key == null && condition == null && plan == null && cost.isConstant() && !limit.isResolved();
    }

    /** Whether a claim that was made before is by what is in force now. */
    @SuppressWarnings("ReferenceEquality") // asks whether the numbers were replaced
    boolean isInForce(Claim claim) {
        return claim.limit() == limit.limit() && claim.maxWaitNanos() == limit.maxWaitNanos(maxWaitNanos);
    }

    /**
     * What a call claims; {@code null} if this limit does not hold for it. A caller whose plan nobody knows has the limit
     * itself.
     */
    @Nullable
    Claim claim(MethodInvocation call) {
        if (condition != null && !Boolean.TRUE.equals(condition.evaluate(call, Boolean.class))) {
            return null;
        }
        String chosen = plan == null ? null : text(plan.evaluate(call));
        NamedLimit applied = chosen == null ? limit : plans.getOrDefault(chosen, limit);
        String text = key == null ? null : text(key, call);
        return applied.claim(chosen, text, cost.of(call), applied.maxWaitNanos(maxWaitNanos));
    }

    private static String text(CallExpression key, MethodInvocation call) {
        Object value = key.evaluate(call);
        try {
            return KeyText.of(value);
        } catch (IllegalArgumentException noKey) {
            throw new IllegalArgumentException(key.where() + ": " + noKey.getMessage(), noKey);
        }
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }
}
