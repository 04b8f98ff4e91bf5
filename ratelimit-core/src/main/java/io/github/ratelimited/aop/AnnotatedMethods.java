package io.github.ratelimited.aop;

import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimits;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.core.annotation.RepeatableContainers;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Where {@link RateLimited} stands. The annotations nearest to the method hold: its own, else those of the method that it
 * overrides or implements, else those of its type, superclass or interface.
 */
final class AnnotatedMethods {

    private static final RepeatableContainers REPEATABLE =
            RepeatableContainers.explicitRepeatable(RateLimited.class, RateLimits.class);

    private AnnotatedMethods() {}

    /** The annotations that hold for a method of a type; empty if it is not limited. */
    static List<RateLimited> annotations(Method method, Class<?> type) {
        if (ReflectionUtils.isObjectMethod(method) || method.isSynthetic()) {
            return List.of();
        }
        List<RateLimited> own = nearest(AopUtils.getMostSpecificMethod(method, type));
        return own.isEmpty() && !Modifier.isStatic(method.getModifiers()) ? nearest(type) : own;
    }

    /** Whether the annotations that hold for the method are its type's. */
    static boolean heldByType(Method method, Class<?> type) {
        return nearest(AopUtils.getMostSpecificMethod(method, type)).isEmpty();
    }

    /** The methods of a type that are limited and can be called through a proxy. */
    static Set<Method> of(Class<?> type) {
        if (!AnnotationUtils.isCandidateClass(type, RateLimited.class)) {
            return Set.of();
        }
        boolean all = !nearest(type).isEmpty();
        return MethodIntrospector.selectMethods(
                type,
                (Method method) -> isReachable(method)
                        && !ReflectionUtils.isObjectMethod(method)
                        && (all
                                || !nearest(AopUtils.getMostSpecificMethod(method, type))
                                        .isEmpty()));
    }

    /**
     * The methods of a type that carry an annotation which no proxy can honour.
     *
     * @param byInterfaces whether the proxy has the type's interfaces only
     */
    static List<Method> unreachable(Class<?> type, boolean byInterfaces) {
        List<Method> unreachable = new ArrayList<>();
        if (AnnotationUtils.isCandidateClass(type, RateLimited.class)) {
            for (Class<?> declaring = type; declaring != null && declaring != Object.class; ) {
                Arrays.stream(declaring.getDeclaredMethods())
                        .filter(method -> !method.isSynthetic())
                        .filter(method -> !isReachable(method) || (byInterfaces && isOnNoInterface(method, type)))
                        .filter(method -> !nearest(method).isEmpty())
                        .forEach(unreachable::add);
                declaring = declaring.getSuperclass();
            }
        }
        return unreachable;
    }

    /** Whether AspectJ has woven {@link RateLimitAspect} into a type: advice leaves methods that take the aspect. */
    static boolean isWoven(Class<?> type) {
        for (Class<?> declaring = type; declaring != null && declaring != Object.class; ) {
            for (Method method : declaring.getDeclaredMethods()) {
                if (Arrays.asList(method.getParameterTypes()).contains(RateLimitAspect.class)) {
                    return true;
                }
            }
            declaring = declaring.getSuperclass();
        }
        return false;
    }

    /** {@code com.acme.Orders#place}, as messages name it. */
    static String place(Method method, Class<?> type) {
        return "@RateLimited on " + ClassUtils.getUserClass(type).getName()
                + (heldByType(method, type) ? "" : "#" + method.getName());
    }

    private static boolean isReachable(Method method) {
        return (method.getModifiers() & (Modifier.PRIVATE | Modifier.STATIC | Modifier.FINAL)) == 0;
    }

    private static boolean isOnNoInterface(Method method, Class<?> type) {
        return !ClassUtils.getInterfaceMethodIfPossible(method, type)
                .getDeclaringClass()
                .isInterface();
    }

    private static List<RateLimited> nearest(AnnotatedElement element) {
        List<MergedAnnotation<RateLimited>> all =
                MergedAnnotations.from(element, SearchStrategy.TYPE_HIERARCHY, REPEATABLE).stream(RateLimited.class)
                        .toList();
        return all.stream()
                .filter(each -> each.getAggregateIndex() == all.get(0).getAggregateIndex())
                .map(MergedAnnotation::synthesize)
                .toList();
    }
}
