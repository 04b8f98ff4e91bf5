package io.github.ratelimited.aop;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import java.lang.reflect.Method;
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
    static CallCost parse(String place, String text, Method method, CallScope scope) {
        if (!text.matches("[+-]?[\\d.]+")) {
            return new CallCost(0, CallExpression.parse(place, "cost", text, method, scope));
        }
        try {
            long constant = Long.parseLong(text);
            if (constant >= 1) {
                return new CallCost(constant, null);
            }
        } catch (NumberFormatException tooLarge) {
            // said below
        }
        throw new InvalidRateLimitException(
                place,
                "cost = \"" + text + "\" is not between 1 and " + Long.MAX_VALUE,
                "write 1, or an expression such as #items.size()");
    }

    /** A part of a permit costs a whole one. */
    private static @Nullable Long rounded(@Nullable Object cost) {
        if (cost instanceof Number number) {
            double exact = number.doubleValue();
            return exact == Math.rint(exact) ? number.longValue() : (long) Math.ceil(exact);
        }
        return cost == null ? null : Long.valueOf(cost.toString().trim());
    }

    boolean isAlwaysAbove(Limit limit) {
        return expression == null && constant > limit.burst();
    }

    boolean isConstant() {
        return expression == null;
    }

    /**
     * The cost of a call.
     *
     * @throws IllegalArgumentException if the expression gives no positive number for it
     */
    long of(MethodInvocation call) {
        if (expression == null) {
            return constant;
        }
        Long cost = rounded(expression.evaluate(call));
        if (cost == null || cost < 1) {
            throw new IllegalArgumentException(
                    expression.where() + " is " + cost + " for this call; a call costs at least 1");
        }
        return cost;
    }
}
