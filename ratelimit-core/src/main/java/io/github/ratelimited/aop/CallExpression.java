package io.github.ratelimited.aop;

import io.github.ratelimited.InvalidRateLimitException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.ParseException;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;
import org.springframework.expression.spel.support.SimpleEvaluationContext;

/**
 * A SpEL expression over the arguments of a call, by name ({@code #id}) and by position ({@code #p0}, {@code #a0}).
 * Parsed once; it can read properties and call methods of the arguments, and neither name types, make objects nor
 * assign.
 */
final class CallExpression {

    private static final SpelExpressionParser PARSER = new SpelExpressionParser();
    private static final ParameterNameDiscoverer NAMES = new DefaultParameterNameDiscoverer();
    private static final List<String> SPECIAL = List.of("root", "this");

    private final String place;
    private final SpelExpression expression;
    private final Map<String, Integer> variables;

    private CallExpression(String place, SpelExpression expression, Map<String, Integer> variables) {
        this.place = place;
        this.expression = expression;
        this.variables = variables;
    }

    /**
     * Reads an expression for the calls of a method.
     *
     * @param place the attribute in which it stands, for messages
     * @throws InvalidRateLimitException if it does not parse or refers to an argument that the method does not have
     */
    static CallExpression parse(String place, String attribute, String text, Method method) {
        String where = attribute + " = \"" + text + "\"";
        SpelExpression expression;
        try {
            expression = PARSER.parseRaw(text);
        } catch (ParseException | IllegalStateException unreadable) {
            throw new InvalidRateLimitException(
                    place,
                    where + " is not a SpEL expression (" + unreadable.getMessage() + ")",
                    "write for example #id, #user.id or #p0");
        }
        Map<String, Integer> variables = variables(method);
        checkVariables(place, where, expression.getAST(), variables, method);
        return new CallExpression(place + ", " + where, expression, variables);
    }

    /** The value for a call. */
    @Nullable
    Object evaluate(Object[] arguments) {
        EvaluationContext context = SimpleEvaluationContext.forReadOnlyDataBinding()
                .withInstanceMethods()
                .build();
        variables.forEach((name, index) -> context.setVariable(name, arguments[index]));
        try {
            return expression.getValue(context);
        } catch (EvaluationException | IllegalArgumentException failed) {
            throw new IllegalStateException(place + " failed: " + failed.getMessage(), failed);
        }
    }

    private static Map<String, Integer> variables(Method method) {
        Map<String, Integer> variables = new LinkedHashMap<>();
        String[] names = NAMES.getParameterNames(method);
        for (int i = 0; i < method.getParameterCount(); i++) {
            if (names != null) {
                variables.put(names[i], i);
            }
            variables.put("p" + i, i);
            variables.put("a" + i, i);
        }
        return variables;
    }

    private static void checkVariables(
            String place, String where, SpelNode node, Map<String, Integer> variables, Method method) {
        if (node instanceof VariableReference) {
            String name = node.toStringAST().substring(1);
            if (!variables.containsKey(name) && !SPECIAL.contains(name)) {
                boolean unnamed = variables.keySet().stream().allMatch(known -> known.matches("[pa]\\d+"));
                throw new InvalidRateLimitException(
                        place,
                        where + " refers to #" + name + ", which is no parameter of "
                                + Arrays.toString(method.getParameters()),
                        unnamed && method.getParameterCount() > 0
                                ? "compile with -parameters, or refer to it by position: #p0"
                                : "known are "
                                        + variables.keySet().stream()
                                                .map(known -> "#" + known)
                                                .toList());
            }
        }
        for (int i = 0; i < node.getChildCount(); i++) {
            checkVariables(place, where, node.getChild(i), variables, method);
        }
    }
}
