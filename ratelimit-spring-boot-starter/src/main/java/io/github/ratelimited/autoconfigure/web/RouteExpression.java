package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.aop.ExpressionFailure;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.expression.Expression;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.BeanReference;
import org.springframework.expression.spel.ast.ConstructorReference;
import org.springframework.expression.spel.ast.Indexer;
import org.springframework.expression.spel.ast.MethodReference;
import org.springframework.expression.spel.ast.PropertyOrFieldReference;
import org.springframework.expression.spel.ast.TypeReference;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.expression.spel.support.SimpleEvaluationContext;

/**
 * A SpEL expression over a {@link WebCall}, whose {@code clientIp} and {@code principal} are also there as
 * {@code #clientIp} and {@code #principal}, as they are in an annotation. It can neither name types nor make objects.
 */
final class RouteExpression {

    private static final SpelExpressionParser PARSER = new SpelExpressionParser();
    private static final Set<String> VARIABLES = Set.of("#clientIp", "#principal", "#root", "#this");

    private final String place;
    private final Expression expression;
    private final boolean hasVariables;
    private final boolean asksWhoCalls;

    private RouteExpression(String place, SpelExpression expression, boolean hasVariables) {
        this.place = place;
        this.expression = expression;
        this.hasVariables = hasVariables;
        this.asksWhoCalls = asksWhoCalls(expression.getAST());
    }

    /** Reads it. */
    static RouteExpression parse(String place, String attribute, String text) {
        String where = attribute + " = '" + text + "'";
        SpelExpression expression;
        try {
            expression = PARSER.parseRaw(text);
        } catch (RuntimeException unreadable) { // 1e, for one, is an ArrayIndexOutOfBoundsException
            throw new InvalidRateLimitException(
                    place,
                    where + " is not a SpEL expression (" + unreadable.getMessage() + ")",
                    "write for example header('X-Tenant'), or clientIp");
        }
        check(place, where, expression.getAST());
        return new RouteExpression(place + ", " + where, expression, text.contains("#"));
    }

    private static void check(String place, String where, SpelNode node) {
        boolean unknown = node instanceof VariableReference && !VARIABLES.contains(node.toStringAST());
        if (unknown
                || node instanceof TypeReference
                || node instanceof ConstructorReference
                || node instanceof BeanReference) {
            throw new InvalidRateLimitException(
                    place,
                    where + " refers to " + text(node) + ", which a rule does not have",
                    "use clientIp, principal, method, path, header('...') and cookie('...')");
        }
        for (int i = 0; i < node.getChildCount(); i++) {
            check(place, where, node.getChild(i));
        }
    }

    /** Of an array without a size the whole text cannot be had. */
    private static String text(SpelNode node) {
        return node instanceof ConstructorReference ? "new " + node.getChild(0).toStringAST() : node.toStringAST();
    }

    private static boolean asksWhoCalls(SpelNode node) {
        String text = node.toStringAST();
        boolean asks = (node instanceof VariableReference && text.equals("#principal"))
                || (node instanceof PropertyOrFieldReference && text.equalsIgnoreCase("principal"))
                || (node instanceof MethodReference && text.equals("getPrincipal()"))
                || (node instanceof Indexer && text.contains("rincipal")); // #root['principal']
        for (int i = 0; i < node.getChildCount(); i++) {
            asks = asks || asksWhoCalls(node.getChild(i));
        }
        return asks;
    }

    /** Whether it may ask for the principal. */
    boolean asksWhoCalls() {
        return asksWhoCalls;
    }

    <T> @Nullable T evaluate(WebCall call, Class<T> type) {
        SimpleEvaluationContext context = SimpleEvaluationContext.forReadOnlyDataBinding()
                .withInstanceMethods()
                .withRootObject(call)
                .build();
        if (hasVariables) {
            context.setVariable("clientIp", call.getClientIp());
            context.setVariable("principal", call.getPrincipal());
        }
        try {
            return expression.getValue(context, type);
        } catch (RuntimeException failed) {
            throw ExpressionFailure.of(place + " has no value for this request", failed);
        }
    }
}
