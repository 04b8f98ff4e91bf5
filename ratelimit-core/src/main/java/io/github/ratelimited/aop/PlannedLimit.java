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
        return key == null && condition == null && plan == null && cost.isConstant();
    }

    /** Whether a claim that was made before is by what is in force now. */
    @SuppressWarnings("ReferenceEquality") // asks whether the numbers were replaced
    boolean isInForce(Claim claim) {
        return claim.limit() == limit.limit() && claim.maxWaitNanos() == limit.maxWaitNanos(maxWaitNanos);
    }

    /** What a call claims; {@code null} if this limit does not hold for it. */
    @Nullable
    Claim claim(MethodInvocation call) {
        if (condition != null && !Boolean.TRUE.equals(condition.evaluate(call, Boolean.class))) {
            return null;
        }
        NamedLimit applied = plan == null ? limit : planned(plan.evaluate(call));
        String text = key == null ? null : KeyText.of(key.evaluate(call));
        return applied.claim(text, cost.of(call), applied.maxWaitNanos(maxWaitNanos));
    }

    /** A caller whose plan nobody has configured has the limit itself. */
    private NamedLimit planned(@Nullable Object value) {
        NamedLimit chosen = value == null ? null : plans.get(value.toString());
        return chosen == null ? limit : chosen;
    }
}
