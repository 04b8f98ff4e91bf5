package io.github.ratelimited.aop;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.store.LimitName;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.aspectj.weaver.tools.PointcutExpression;
import org.springframework.aop.MethodMatcher;
import org.springframework.aop.Pointcut;
import org.springframework.aop.aspectj.AspectJExpressionPointcut;
import org.springframework.core.MethodIntrospector;
import org.springframework.util.ReflectionUtils;

/**
 * Limits for code that nobody can annotate: {@code ratelimit.limits.<name>.pointcut}, an AspectJ expression over methods
 * of beans.
 */
public final class PointcutLimits {

    /** No limits by pointcuts. */
    public static final PointcutLimits NONE = new PointcutLimits(Map.of());

    private static final Pattern OF_BEANS = Pattern.compile("\\bbean\\s*\\(");

    private final Map<String, Pointcut> pointcuts = new TreeMap<>();
    private final Set<String> matching = ConcurrentHashMap.newKeySet();

    /**
     * Reads pointcuts.
     *
     * @param expressions AspectJ expressions by the limit's name
     * @throws InvalidRateLimitException if one is none
     */
    public PointcutLimits(Map<String, String> expressions) {
        expressions.forEach((name, expression) -> pointcuts.put(name, parse(name, expression)));
    }

    private static Pointcut parse(String name, String expression) {
        String place = LimitName.property(name);
        String where = "pointcut = \"" + expression + "\"";
        if (OF_BEANS.matcher(expression).find()) {
            throw new InvalidRateLimitException(
                    place,
                    where + " picks beans by their names",
                    "pick methods: execution(...), within(...), @within(...)");
        }
        AspectJExpressionPointcut pointcut = new AspectJExpressionPointcut();
        try {
            pointcut.setExpression(expression);
            PointcutExpression parsed = pointcut.getPointcutExpression();
            if (parsed.mayNeedDynamicTest()) {
                // args(...) and the like ask each call; taken for all calls here, they would limit too much
                throw new IllegalArgumentException("it depends on the arguments of a call");
            }
            return pointcut;
        } catch (RuntimeException unreadable) { // AspectJ has many ways to refuse
            throw new InvalidRateLimitException(
                    place,
                    where + " is not an AspectJ pointcut over methods (" + unreadable.getMessage() + ")",
                    "write for example \"execution(* com.acme.legacy.Client.*(..))\"");
        }
    }

    /** The names of the limits that hold for a method of a type. */
    List<String> names(Method method, Class<?> type) {
        List<String> names = new ArrayList<>();
        pointcuts.forEach((name, pointcut) -> {
            if (matches(pointcut, method, type)) {
                names.add(name);
                matching.add(name);
            }
        });
        return names;
    }

    /** The names of those that have not matched anything so far. */
    Set<String> unmatched() {
        Set<String> unmatched = new TreeSet<>(pointcuts.keySet());
        unmatched.removeAll(matching);
        return unmatched;
    }

    /** The methods of a type for which any holds. */
    Set<Method> methods(Class<?> type) {
        return pointcuts.values().stream()
                        .anyMatch(pointcut -> pointcut.getClassFilter().matches(type))
                ? MethodIntrospector.selectMethods(
                        type, (Method method) -> !names(method, type).isEmpty())
                : Set.of();
    }

    private static boolean matches(Pointcut pointcut, Method method, Class<?> type) {
        MethodMatcher methods = pointcut.getMethodMatcher();
        return !ReflectionUtils.isObjectMethod(method)
                && pointcut.getClassFilter().matches(type)
                && methods.matches(method, type);
    }
}
