package io.github.ratelimited.aop;

import static io.github.ratelimited.fuzz.Inputs.check;
import static io.github.ratelimited.fuzz.Inputs.lines;
import static io.github.ratelimited.fuzz.Inputs.parsed;

import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/** A cost is a whole number of permits, at least 1 and rounded up, whatever number an argument is. */
public final class CallCostFuzz {

    private static final String PLACE = "@RateLimited on Shop#pay";
    private static final Method PAY = Shop.class.getDeclaredMethods()[0];
    private static final CallScope SCOPE = new CallScope(null, List.of());
    private static final CallCost OF_AMOUNT = CallCost.parse(PLACE, "#amount", PAY, PAY.getDeclaringClass(), SCOPE);
    private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

    /** Beyond that the model, not the cost, would take for ever. */
    private static final int LONGEST_EXPONENT = 1_000;

    private CallCostFuzz() {}

    interface Shop {
        void pay(Object amount);
    }

    public static void fuzzerTestOneInput(byte[] input) {
        List<String> lines = lines(input, 2);
        String text = lines.get(0);
        CallCost cost = parsed(
                PLACE, "\"" + text + "\"", () -> CallCost.parse(PLACE, text, PAY, PAY.getDeclaringClass(), SCOPE));
        if (text.matches("\\d+")) {
            BigInteger number = new BigInteger(text);
            boolean possible = number.signum() > 0 && number.compareTo(MOST) <= 0;
            check(possible == (cost != null), "a cost of " + text + " is let in or refused", cost);
        }
        if (cost != null && cost.isConstant()) {
            check(new BigInteger(text).longValueExact() == cost.of(new Call(1)), text + " costs", cost.of(new Call(1)));
        }
        if (cost != null && !cost.isConstant()) {
            of(cost, 5);
        }
        BigDecimal amount = number(lines.get(1));
        if (amount != null) {
            Long exact = of(OF_AMOUNT, amount);
            boolean isSmall = amount.compareTo(BigDecimal.ONE) <= 0;
            BigInteger model = amount.signum() <= 0
                    ? null
                    : isSmall
                            ? BigInteger.ONE
                            : Math.abs((long) amount.scale()) > LONGEST_EXPONENT ? MOST : whole(amount);
            check(
                    model == null
                            ? exact == null
                            : exact != null && model.min(MOST).longValue() == exact,
                    amount + " costs",
                    exact);
            of(OF_AMOUNT, amount.doubleValue());
            of(OF_AMOUNT, lines.get(1));
        }
    }

    private static BigInteger whole(BigDecimal amount) {
        BigInteger whole = amount.toBigInteger();
        return amount.compareTo(new BigDecimal(whole)) > 0 ? whole.add(BigInteger.ONE) : whole;
    }

    /** {@code null} if it is refused, as it may be for a call: naming the place. */
    private static @Nullable Long of(CallCost cost, Object amount) {
        try {
            long whole = cost.of(new Call(amount));
            check(whole >= 1, amount + " costs", whole);
            return whole;
        } catch (IllegalArgumentException | IllegalStateException refused) {
            check(String.valueOf(refused.getMessage()).contains(PLACE), "no place in", refused.getMessage());
            return null;
        }
    }

    private static @Nullable BigDecimal number(String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException none) {
            return null;
        }
    }

    /** A call without a target. */
    private record Call(Object amount) implements MethodInvocation {
        @Override
        public Method getMethod() {
            return PAY;
        }

        @Override
        public Object[] getArguments() {
            return new Object[] {amount};
        }

        @Override
        public Object proceed() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Object getThis() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Method getStaticPart() {
            return PAY;
        }
    }
}
