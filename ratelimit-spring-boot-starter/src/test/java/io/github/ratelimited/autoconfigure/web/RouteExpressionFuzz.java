package io.github.ratelimited.autoconfigure.web;

import static io.github.ratelimited.fuzz.Inputs.check;
import static io.github.ratelimited.fuzz.Inputs.parsed;
import static io.github.ratelimited.fuzz.Inputs.text;

import org.jspecify.annotations.Nullable;

/**
 * An expression over a request has a value or fails naming itself, and whether it asks who calls is known beforehand.
 * That no class can be loaded is what Jazzer looks for by itself.
 */
public final class RouteExpressionFuzz {

    private static final String PLACE = "ratelimit.web.rules[0]";

    private RouteExpressionFuzz() {}

    /** A request by somebody, whom it shows in nothing but its principal. */
    public static final class Call implements WebCall {

        private final @Nullable String principal;
        private final @Nullable String field;

        Call(@Nullable String principal, @Nullable String field) {
            this.principal = principal;
            this.field = field;
        }

        @Override
        public String toString() {
            return "a call";
        }

        @Override
        public int hashCode() {
            return 1;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Call;
        }

        @Override
        public @Nullable String getClientIp() {
            return "203.0.113.7";
        }

        @Override
        public @Nullable String getPrincipal() {
            return principal;
        }

        @Override
        public String getMethod() {
            return "GET";
        }

        @Override
        public String getPath() {
            return "/orders/1";
        }

        @Override
        public @Nullable String header(String name) {
            return field;
        }

        @Override
        public @Nullable String cookie(String name) {
            return field;
        }
    }

    public static void fuzzerTestOneInput(byte[] input) {
        String text = text(input);
        RouteExpression header = RouteExpression.parse(PLACE, "key", "'h-' + header('X-Tenant')");
        check(("h-" + text).equals(header.evaluate(new Call("ann", text), Object.class)), "no more itself", text);

        RouteExpression expression = parsed(PLACE, "'" + text + "'", () -> RouteExpression.parse(PLACE, "key", text));
        if (expression == null) {
            return;
        }
        Object ofAnn = value(expression, "ann-7351", text);
        Object ofBob = value(expression, "bob-9482", text);
        check(
                expression.asksWhoCalls() || ofAnn == null || ofAnn.equals(ofBob),
                "it is not known that it asks who calls: " + text + " is " + ofAnn + " and",
                ofBob);
        value(expression, null, text);
    }

    private static @Nullable Object value(RouteExpression expression, @Nullable String principal, String text) {
        try {
            Object value = expression.evaluate(new Call(principal, "field"), Object.class);
            return value instanceof String || value instanceof Boolean || value instanceof Number ? value : null;
        } catch (IllegalStateException failed) {
            String message = String.valueOf(failed.getMessage());
            check(message.contains(PLACE) && message.contains(text), "the failure does not name itself", message);
            return null;
        }
    }
}
