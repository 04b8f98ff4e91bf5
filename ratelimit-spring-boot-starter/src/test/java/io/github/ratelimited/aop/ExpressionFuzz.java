package io.github.ratelimited.aop;

import static io.github.ratelimited.fuzz.Inputs.check;
import static io.github.ratelimited.fuzz.Inputs.parsed;
import static io.github.ratelimited.fuzz.Inputs.text;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.aopalliance.intercept.MethodInvocation;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

/**
 * An expression that is let in has a value or fails naming itself, makes no objects, calls nothing static and writes
 * nowhere; as an argument the same text is data. That no class can be loaded is what Jazzer looks for by itself.
 */
public final class ExpressionFuzz {

    private static final String PLACE = "@RateLimited on Shop#buy";
    private static final Method BUY = Shop.class.getDeclaredMethods()[0];
    private static final CallScope SCOPE = new CallScope(
            new StaticListableBeanFactory(Map.of("plans", new Plans())),
            List.of(() -> Map.of("principal", () -> "ann", "nobody", () -> null)));
    private static final CallExpression ID =
            CallExpression.parse(PLACE, "key", "#id", BUY, BUY.getDeclaringClass(), SCOPE);
    private static final CallExpression PREFIXED =
            CallExpression.parse(PLACE, "key", "'t-' + #id", BUY, BUY.getDeclaringClass(), SCOPE);
    private static final CallExpression PART =
            CallExpression.parse(PLACE, "key", "#user.label", BUY, BUY.getDeclaringClass(), SCOPE);

    private static int sprung;

    private ExpressionFuzz() {}

    interface Shop {
        void buy(String id, List<String> items, User user, int number);
    }

    /** What an expression can refer to as {@code @plans}. */
    public static final class Plans {
        /** A plan. */
        public String of(String id) {
            return "plan-" + id;
        }
    }

    /** Has nothing that changes it but its fields. */
    public static final class User {
        /** Can be read, never written. */
        public String label;

        /** Nor this. */
        public int[] numbers = {1, 2};

        private User(String label) {
            this.label = label;
        }

        /** What no expression may reach. */
        public User() {
            this("made");
            sprung++;
        }

        /** Nor this. */
        public static String spring() {
            sprung++;
            return "sprung";
        }
    }

    public static void fuzzerTestOneInput(byte[] input) {
        String text = text(input);
        MethodInvocation withText = new Call(text, List.of(text), new User(text), 0);
        check(text.equals(ID.evaluate(withText)), "an argument is no longer itself", text);
        check(("t-" + text).equals(PREFIXED.evaluate(withText)), "an argument is no longer itself", text);
        check(text.equals(PART.evaluate(withText)), "a property is no longer itself", text);

        CallExpression expression = parsed(
                PLACE,
                "\"" + text + "\"",
                () -> CallExpression.parse(PLACE, "key", text, BUY, BUY.getDeclaringClass(), SCOPE));
        if (expression == null) {
            return;
        }
        User user = new User("ann");
        sprung = 0;
        evaluate(expression, new Call("id-1", List.of("a", "bcd"), user, 7), text);
        evaluate(expression, new Call(null, null, null, -1), text);
        check(sprung == 0, "the expression reached what it must not", text);
        check(
                user.label.equals("ann") && user.numbers.length == 2 && user.numbers[0] == 1 && user.numbers[1] == 2,
                "the expression wrote",
                text);
    }

    private static void evaluate(CallExpression expression, MethodInvocation call, String text) {
        try {
            expression.evaluate(call);
        } catch (IllegalStateException failed) {
            String message = String.valueOf(failed.getMessage());
            check(message.contains(PLACE) && message.contains(text), "the failure does not name itself", message);
        } catch (RuntimeException failed) {
            boolean ofAMethod = Arrays.stream(failed.getStackTrace())
                    .anyMatch(frame -> frame.getClassName().endsWith(".ReflectiveMethodExecutor"));
            check(ofAMethod, text + " fails, and not in a method that it calls", failed);
        }
    }

    /** A call without a target. */
    @SuppressWarnings("ArrayRecordComponent") // as the interface has it
    private record Call(Object... arguments) implements MethodInvocation {
        @Override
        public Method getMethod() {
            return BUY;
        }

        @Override
        public Object[] getArguments() {
            return arguments;
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
            return BUY;
        }
    }
}
