package io.github.ratelimited.aop;

import io.github.ratelimited.InvalidRateLimitException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.Assign;
import org.springframework.expression.spel.ast.BeanReference;
import org.springframework.expression.spel.ast.CompoundExpression;
import org.springframework.expression.spel.ast.ConstructorReference;
import org.springframework.expression.spel.ast.FunctionReference;
import org.springframework.expression.spel.ast.Indexer;
import org.springframework.expression.spel.ast.InlineMap;
import org.springframework.expression.spel.ast.MethodReference;
import org.springframework.expression.spel.ast.OpDec;
import org.springframework.expression.spel.ast.OpInc;
import org.springframework.expression.spel.ast.Projection;
import org.springframework.expression.spel.ast.PropertyOrFieldReference;
import org.springframework.expression.spel.ast.Selection;
import org.springframework.expression.spel.ast.TypeReference;
import org.springframework.expression.spel.ast.VariableReference;

/** Finds in an expression, when it is read, what could only fail when a call is made. */
final class ExpressionCheck {

    private static final Set<Class<? extends SpelNode>> FORBIDDEN =
            Set.of(TypeReference.class, ConstructorReference.class, Assign.class, OpInc.class, OpDec.class);

    /** Never looked up, and nothing here. */
    private static final Set<String> SPELS_OWN = Set.of("root", "this");

    private final String place;
    private final String where;
    private final Method method;
    private final Map<String, Integer> arguments;
    private final CallScope scope;

    ExpressionCheck(String place, String where, Method method, Map<String, Integer> arguments, CallScope scope) {
        this.place = place;
        this.where = where;
        this.method = method;
        this.arguments = arguments;
        this.scope = scope;
    }

    /**
     * Checks a whole expression.
     *
     * @throws InvalidRateLimitException if it uses what it must not, or refers to what a call does not have
     */
    void check(SpelNode expression) {
        boolean isArgument = expression instanceof VariableReference variable
                && arguments.containsKey(CallExpression.name(variable));
        if (!isArgument) {
            check(expression, false, false);
        }
    }

    /**
     * Checks a part.
     *
     * @param afterADot whether a bare name is a property of what stands before it
     * @param ofEach whether it is said of each element of a collection: a bare name is its property, {@code #this} itself
     */
    private void check(SpelNode node, boolean afterADot, boolean ofEach) {
        // The parts of a part first: the text of an array without a size, new String[] {...}, cannot be had.
        for (int i = 0; i < node.getChildCount(); i++) {
            SpelNode child = node.getChild(i);
            if (!isBareKey(node, child, i)) {
                check(
                        child,
                        node instanceof CompoundExpression && (i > 0 || afterADot),
                        ofEach || node instanceof Projection || node instanceof Selection);
            }
        }
        if (FORBIDDEN.contains(node.getClass())) {
            throw new InvalidRateLimitException(
                    place,
                    where + " uses " + text(node) + ", but expressions can neither name types, make objects nor"
                            + " assign",
                    "use the call's arguments and their properties, or a method of a bean");
        }
        if (node instanceof VariableReference || node instanceof FunctionReference) {
            checkVariable(node.toStringAST().substring(1).replaceAll("\\(.*", ""), node, ofEach);
        } else if (node instanceof BeanReference) {
            checkBean(node.toStringAST().substring(1));
        } else if (!afterADot
                && !ofEach
                && (node instanceof PropertyOrFieldReference || node instanceof MethodReference)) {
            throw new InvalidRateLimitException(
                    place,
                    where + " refers to " + node.toStringAST() + ", which is a property of nothing",
                    "write # before the name of an argument; " + known());
        }
    }

    private static String text(SpelNode node) {
        return node instanceof ConstructorReference ? "new " + node.getChild(0).toStringAST() : node.toStringAST();
    }

    /** Whether a bare name is a text: {@code {name: ...}}, {@code #map[name]}. */
    private static boolean isBareKey(SpelNode node, SpelNode child, int index) {
        return child instanceof PropertyOrFieldReference
                && (node instanceof Indexer || (node instanceof InlineMap && index % 2 == 0));
    }

    private void checkVariable(String name, SpelNode node, boolean ofEach) {
        boolean isElement = ofEach && name.equals("this");
        boolean isGiven = arguments.containsKey(name) || scope.variables().contains(name);
        if (isGiven && !isElement && SPELS_OWN.contains(name)) {
            Integer index = arguments.get(name);
            throw new InvalidRateLimitException(
                    place,
                    where + " refers to #" + name + ", by which SpEL means something of its own",
                    index == null
                            ? "give the application's variable another name"
                            : "refer to the parameter by its position: #p" + index);
        }
        boolean known = isGiven || isElement || name.equals(CallScope.METHOD);
        if (known && node instanceof VariableReference) {
            return;
        }
        boolean unnamed = Arrays.stream(method.getParameters()).noneMatch(Parameter::isNamePresent);
        throw new InvalidRateLimitException(
                place,
                where + " refers to #" + name + ", which is no parameter of " + Arrays.toString(method.getParameters()),
                unnamed && method.getParameterCount() > 0
                        ? "compile with -parameters, or refer to it by position: #p0"
                        : known());
    }

    private void checkBean(String name) {
        if (!scope.hasBean(name)) {
            throw new InvalidRateLimitException(
                    place, where + " refers to @" + name + ", but there is no such bean", "give the name of a bean");
        }
    }

    private String known() {
        List<String> names = new ArrayList<>(arguments.keySet());
        names.add(CallScope.METHOD);
        names.addAll(new TreeSet<>(scope.variables()));
        return "known are " + names.stream().map(name -> "#" + name).toList();
    }
}
