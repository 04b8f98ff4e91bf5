package io.github.ratelimited.aop;

import io.github.ratelimited.InvalidRateLimitException;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.NativeDetector;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.spel.SpelCompilerMode;
import org.springframework.expression.spel.SpelEvaluationException;
import org.springframework.expression.spel.SpelMessage;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.SpelParserConfiguration;
import org.springframework.expression.spel.ast.CompoundExpression;
import org.springframework.expression.spel.ast.PropertyOrFieldReference;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/**
 * A SpEL expression over a call: its arguments by name ({@code #id}) and by position ({@code #p0}, {@code #a0}),
 * {@code #method}, beans ({@code @plans.of(#id)}), and what the application's {@link CallVariables} add. Parsed once,
 * compiled by SpEL when it is used often. It can read properties and call methods, and neither name types, make objects
 * nor assign.
 */
final class CallExpression {

    /** A native image takes no classes that are made while it runs. */
    private static final SpelCompilerMode COMPILED =
            NativeDetector.inNativeImage() ? SpelCompilerMode.OFF : SpelCompilerMode.MIXED;

    private static final SpelExpressionParser PARSER =
            new SpelExpressionParser(new SpelParserConfiguration(COMPILED, CallExpression.class.getClassLoader()));
    private static final ParameterNameDiscoverer NAMES = new DefaultParameterNameDiscoverer();
    private static final int NO_ARGUMENT = -1;

    /** {@code #user.id} of no user is no id. */
    private static final Set<SpelMessage> OF_NULL = Set.of(
            SpelMessage.PROPERTY_OR_FIELD_NOT_READABLE_ON_NULL, SpelMessage.METHOD_CALL_ON_NULL_OBJECT_NOT_ALLOWED);

    private final String where;
    private final SpelExpression expression;
    private final Map<String, Integer> arguments;
    private final CallScope scope;

    /** The index of the argument that this expression is, if it is nothing but that. */
    private final int argument;

    private final boolean isPath;

    /** The variable with which a path begins. */
    private final @Nullable String start;

    private CallExpression(
            String where, SpelExpression expression, Map<String, Integer> arguments, CallScope scope, int argument) {
        this.where = where;
        this.expression = expression;
        this.arguments = arguments;
        this.scope = scope;
        this.argument = argument;
        this.isPath = expression.getAST() instanceof CompoundExpression;
        this.start =
                isPath && expression.getAST().getChild(0) instanceof VariableReference variable ? name(variable) : null;
    }

    static String name(VariableReference variable) {
        return variable.toStringAST().substring(1);
    }

    /**
     * Reads an expression for the calls of a method.
     *
     * @param place the annotation or property in which it stands, for messages
     * @param type the bean's, which may know more interfaces than the method's class
     * @throws InvalidRateLimitException if it does not parse or refers to something that a call does not have
     */
    static CallExpression parse(
            String place, String attribute, String text, Method method, Class<?> type, CallScope scope) {
        String where = attribute + " = \"" + text + "\"";
        SpelExpression expression;
        try {
            expression = PARSER.parseRaw(text);
        } catch (RuntimeException unreadable) { // 1e, for one, is an ArrayIndexOutOfBoundsException
            throw new InvalidRateLimitException(
                    place,
                    where + " is not a SpEL expression (" + unreadable.getMessage() + ")",
                    "write for example #id, #user.id or #p0");
        }
        Map<String, Integer> arguments = arguments(method, type);
        new ExpressionCheck(place, where, method, arguments, scope).check(expression.getAST());
        Integer argument =
                expression.getAST() instanceof VariableReference variable ? arguments.get(name(variable)) : null;
        return new CallExpression(
                place + ", " + where,
                nullSafe(expression),
                arguments,
                scope,
                argument == null ? NO_ARGUMENT : argument);
    }

    /** A path of properties that stops at a null by itself: one that fails costs an exception, and what SpEL has compiled. */
    private static SpelExpression nullSafe(SpelExpression expression) {
        SpelNode path = expression.getAST();
        if (!(path instanceof CompoundExpression)) {
            return expression;
        }
        StringBuilder text = new StringBuilder(path.getChild(0).toStringAST());
        for (int i = 1; i < path.getChildCount(); i++) {
            if (!(path.getChild(i) instanceof PropertyOrFieldReference property)) {
                return expression;
            }
            text.append("?.").append(property.getName());
        }
        return PARSER.parseRaw(text.toString());
    }

    /**
     * The value for a call. Of a path such as {@code #user.id} that leads nowhere, since there is no user, it is
     * {@code null}.
     *
     * @throws IllegalStateException if it has none, naming the place
     */
    @Nullable
    Object evaluate(MethodInvocation call) {
        if (argument != NO_ARGUMENT) {
            return call.getArguments()[argument];
        }
        EvaluationContext context = scope.context(call, arguments);
        if (start != null && context.lookupVariable(start) == null) {
            return null; // to let it fail costs an exception, and SpEL the code that it has compiled
        }
        try {
            return expression.getValue(context);
        } catch (SpelEvaluationException failed) {
            if (isPath && OF_NULL.contains(failed.getMessageCode())) {
                return null;
            }
            throw failure(failed);
        } catch (EvaluationException | IllegalArgumentException | ArithmeticException failed) {
            throw failure(failed);
        }
    }

    /**
     * The value for a call, converted by Spring's own rules.
     *
     * @throws IllegalStateException if it has none, naming the place
     */
    <T> @Nullable T evaluate(MethodInvocation call, Class<T> type) {
        Object value = evaluate(call);
        try {
            return scope.converted(value, type);
        } catch (EvaluationException | IllegalArgumentException failed) {
            throw failure(failed);
        }
    }

    private IllegalStateException failure(RuntimeException failed) {
        return ExpressionFailure.of(where + " failed", failed);
    }

    /** Where it stands, with its text. */
    String where() {
        return where;
    }

    /** An annotation uses the names of the method on which it stands, which this one may override or implement. */
    private static Map<String, Integer> arguments(Method method, Class<?> type) {
        Map<String, Integer> arguments = new LinkedHashMap<>();
        AnnotatedMethods.carriers(method, type).forEach(each -> addNames(arguments, each));
        addNames(arguments, method);
        for (int i = 0; i < method.getParameterCount(); i++) {
            arguments.putIfAbsent("p" + i, i);
            arguments.putIfAbsent("a" + i, i);
        }
        AnnotatedMethods.overridden(method, type).forEach(each -> addNames(arguments, each));
        return arguments;
    }

    private static void addNames(Map<String, Integer> arguments, Method method) {
        String[] names = NAMES.getParameterNames(method);
        for (int i = 0; names != null && i < names.length; i++) {
            arguments.putIfAbsent(names[i], i);
        }
    }
}
