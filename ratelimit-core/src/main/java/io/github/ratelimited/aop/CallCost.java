package io.github.ratelimited.aop;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/** How many permits a call takes: a number, or an expression over the call. */
final class CallCost {

    /** What a call costs where nobody says. */
    static final CallCost ONE = new CallCost(1, null);

    private final long constant;
    private final @Nullable CallExpression expression;

    private CallCost(long constant, @Nullable CallExpression expression) {
        this.constant = constant;
        this.expression = expression;
    }

    /**
     * Reads a cost.
     *
     * @throws InvalidRateLimitException if it is neither a positive whole number nor an expression over the call
     */
    static CallCost parse(String place, String text, Method method, Class<?> type, CallScope scope) {
        if (!text.isBlank() && !text.matches("[+-]?[\\d.]+")) {
            return new CallCost(0, CallExpression.parse(place, "cost", text, method, type, scope));
        }
        try {
            long constant = Long.parseLong(text);
            if (constant >= 1) {
                return new CallCost(constant, null);
            }
        } catch (NumberFormatException tooLargeOrNone) {
            // said below
        }
        throw new InvalidRateLimitException(
                place,
                "cost = \"" + text + "\" is not between 1 and " + Long.MAX_VALUE,
                "write 1, or an expression such as #items.size()");
    }

    boolean isAlwaysAbove(Limit limit) {
        return expression == null && constant > limit.burst();
    }

    boolean isConstant() {
        return expression == null;
    }

    /**
     * The cost of a call; a fraction of a permit is a whole one.
     *
     * @throws IllegalArgumentException if the expression gives no positive number for it
     */
    long of(MethodInvocation call) {
        if (expression == null) {
            return constant;
        }
        Number cost = expression.evaluate(call, Number.class);
        long whole = cost == null ? 0 : roundedUp(cost);
        if (whole < 1) {
            throw new IllegalArgumentException(
                    expression.where() + " is " + cost + " for this call; a call costs at least 1");
        }
        return whole;
    }

    /** 0 if it is no finite number. */
    private static long roundedUp(Number cost) {
        if (cost instanceof Integer || cost instanceof Long) {
            return cost.longValue();
        }
        try {
            BigDecimal exact = new BigDecimal(cost.toString());
            if (exact.compareTo(BigDecimal.ONE) <= 0) {
                return Math.max(0, exact.signum()); // to round 1e-999999999 takes as long as it has zeros
            }
            return exact.min(BigDecimal.valueOf(Long.MAX_VALUE))
                    .setScale(0, RoundingMode.CEILING)
                    .longValue();
        } catch (NumberFormatException notFinite) {
            return 0;
        }
    }
}
