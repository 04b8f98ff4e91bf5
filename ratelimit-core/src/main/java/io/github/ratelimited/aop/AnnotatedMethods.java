package io.github.ratelimited.aop;

import io.github.ratelimited.RateLimited;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.ResolvableType;
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

    private static final RepeatableContainers REPEATABLE = RepeatableContainers.standardRepeatables();

    private static final String BODY = "_aroundBody";
    private static final String ASPECT = ClassUtils.convertClassNameToResourcePath(RateLimitAspect.class.getName());

    /**
     * Types that carry the annotation themselves, or on a method that they declare: not on a bridge, whose annotations are
     * those of a method of the type, of a superclass or of an interface. A value keeps no class loader alive.
     */
    private static final ClassValue<Boolean> CARRYING = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            List<AnnotatedElement> elements = new ArrayList<>(List.of(type));
            if (AnnotationUtils.isCandidateClass(type, RateLimited.class)) {
                ReflectionUtils.doWithLocalMethods(type, method -> {
                    if (!method.isBridge()) { // which Spring would look for, at length
                        elements.add(method);
                    }
                });
            }
            return elements.stream()
                    .anyMatch(each -> MergedAnnotations.from(each, SearchStrategy.DIRECT, REPEATABLE).stream(
                                    RateLimited.class)
                            .findAny()
                            .isPresent());
        }
    };

    private AnnotatedMethods() {}

    /** The annotations that hold for a method of a type; empty if it is not limited. */
    static List<RateLimited> annotations(Method method, Class<?> type) {
        Method specific = specific(method, type);
        if (ReflectionUtils.isObjectMethod(method) || (specific.isSynthetic() && !specific.isBridge())) {
            return List.of();
        }
        List<RateLimited> own = nearest(carrier(specific, type));
        return own.isEmpty() && !Modifier.isStatic(method.getModifiers()) ? nearest(type) : own;
    }

    /**
     * Where to look for the annotations of a method that a type has: at the method itself, unless the type has inherited it
     * without any, and it is that of an annotated interface there, of which the class that declares it knows nothing.
     */
    private static Method carrier(Method specific, Class<?> type) {
        if (specific.getDeclaringClass() == ClassUtils.getUserClass(type)
                || !Modifier.isPublic(specific.getModifiers())
                || Modifier.isStatic(specific.getModifiers())
                || !nearest(specific).isEmpty()) {
            return specific;
        }
        return overridden(specific, type)
                .filter(each -> each.getDeclaringClass().isInterface() && Modifier.isPublic(each.getModifiers()))
                .filter(each -> !Modifier.isStatic(each.getModifiers())
                        && !nearest(each).isEmpty())
                .findFirst()
                .orElse(specific);
    }

    /** The class that a limit of a method's own is named after. */
    static Class<?> declaringType(Method method, Class<?> type) {
        Method specific = specific(method, type);
        return carrier(specific, type).equals(specific) ? specific.getDeclaringClass() : type;
    }

    /** The method that a call on the type runs; of a type that is a JDK proxy itself, the interface's. */
    static Method specific(Method method, Class<?> type) {
        Method specific = AopUtils.getMostSpecificMethod(method, type);
        return Proxy.isProxyClass(type) ? ClassUtils.getInterfaceMethodIfPossible(specific, type) : specific;
    }

    /** Where annotations stand that a method of a type has: on itself, or on methods that it overrides or implements. */
    static Stream<Method> carriers(Method method, Class<?> type) {
        return all(carrier(specific(method, type), type))
                .map(MergedAnnotation::getSource)
                .filter(Method.class::isInstance)
                .map(Method.class::cast);
    }

    /** What a method overrides or implements, in a type that declares it. */
    static Stream<Method> overridden(Method method, Class<?> type) {
        List<Class<?>> parameters = parameters(method, type);
        List<Class<?>> supertypes = new ArrayList<>(interfaces(type).distinct().toList());
        for (Class<?> each = type.getSuperclass(); each != null; each = each.getSuperclass()) {
            supertypes.add(each);
        }
        return supertypes.stream()
                .flatMap(each -> Arrays.stream(each.getDeclaredMethods()))
                .filter(each -> each.getName().equals(method.getName())
                        && parameters(each, type).equals(parameters));
    }

    /** Those that a type has through others too, which come after these. */
    private static Stream<Class<?>> interfaces(@Nullable Class<?> type) {
        return type == null
                ? Stream.empty()
                : Stream.concat(
                        Arrays.stream(type.getInterfaces())
                                .flatMap(each -> Stream.concat(Stream.of(each), interfaces(each))),
                        interfaces(type.getSuperclass()));
    }

    /** As they are in the type, which may say what a generic parameter of its superclass is. */
    static List<Class<?>> parameters(Method method, Class<?> type) {
        List<Class<?>> parameters = new ArrayList<>();
        for (int i = 0; i < method.getParameterCount(); i++) {
            parameters.add(ResolvableType.forMethodParameter(method, i, type).toClass());
        }
        return parameters;
    }

    /** Whether the annotations that hold for the method are its type's. */
    static boolean heldByType(Method method, Class<?> type) {
        return nearest(carrier(specific(method, type), type)).isEmpty();
    }

    /** Whose the annotations of a type are: a superclass shares its limit, an interface gives each type one of its own. */
    static Class<?> declaringType(Class<?> type) {
        Object source = MergedAnnotations.from(type, SearchStrategy.TYPE_HIERARCHY, REPEATABLE)
                .get(RateLimited.class)
                .getSource();
        return source instanceof Class<?> declaring && (!declaring.isInterface() || Proxy.isProxyClass(type))
                ? declaring
                : type;
    }

    /** The methods of a type that are limited and can be called through a proxy. */
    static Set<Method> of(Class<?> type) {
        if (!isCandidate(type)) {
            return Set.of();
        }
        boolean all = !nearest(type).isEmpty();
        return MethodIntrospector.selectMethods(
                type,
                (Method method) -> isReachable(method)
                        && !ReflectionUtils.isObjectMethod(method)
                        && (all || !heldByType(method, type)));
    }

    /**
     * The methods of a type that carry an annotation which no proxy can honour.
     *
     * @param byInterfaces whether the proxy has the type's interfaces only
     */
    static List<Method> unreachable(Class<?> type, boolean byInterfaces) {
        List<Method> unreachable = new ArrayList<>();
        if (!isCandidate(type) || Proxy.isProxyClass(type)) {
            return unreachable;
        }
        boolean all = !nearest(type).isEmpty();
        for (Class<?> declaring = type; declaring != null && declaring != Object.class; ) {
            Arrays.stream(declaring.getDeclaredMethods())
                    .filter(method -> !method.isSynthetic())
                    .filter(method -> !isReachable(method) || (byInterfaces && isOnNoInterface(method, type)))
                    .filter(method -> !nearest(carrier(method, type)).isEmpty() || (all && isMeantByType(method)))
                    .filter(method -> !isWoven(method))
                    .forEach(unreachable::add);
            declaring = declaring.getSuperclass();
        }
        return unreachable;
    }

    /** Whether the annotation stands anywhere in the type's hierarchy. Of most beans it does not, which has to be known fast. */
    private static boolean isCandidate(@Nullable Class<?> type) {
        return type != null
                && (CARRYING.get(type)
                        || isCandidate(type.getSuperclass())
                        || Arrays.stream(type.getInterfaces()).anyMatch(AnnotatedMethods::isCandidate));
    }

    private static boolean isMeantByType(Method method) {
        return (method.getModifiers() & (Modifier.PRIVATE | Modifier.STATIC)) == 0
                && !ReflectionUtils.isObjectMethod(method);
    }

    /**
     * Whether AspectJ has woven {@link RateLimitAspect} into a method. Around advice leaves the body in a method of its
     * own, whoever's advice it is. If the class file shows it, the class was woven at compile time, and the file names
     * our aspect too if it was ours; if not, it was woven at load time, where {@code META-INF/aop.xml} brings us in.
     */
    static boolean isWoven(Method method) {
        Class<?> declaring = method.getDeclaringClass();
        return !KotlinDetector.isSuspendingFunction(method)
                && Arrays.stream(declaring.getDeclaredMethods()).anyMatch(each -> isBody(each, method))
                && isWovenByUs(declaring);
    }

    private static boolean isBody(Method candidate, Method method) {
        if (!candidate.getName().startsWith(method.getName() + BODY)) {
            return false;
        }
        List<Class<?>> parameters = Arrays.asList(candidate.getParameterTypes());
        int self = Modifier.isStatic(method.getModifiers()) ? 0 : 1;
        int end = self + method.getParameterCount();
        return end <= parameters.size()
                && parameters.subList(self, end).equals(Arrays.asList(method.getParameterTypes()));
    }

    private static boolean isWovenByUs(Class<?> type) {
        try (InputStream file = type.getResourceAsStream(ClassUtils.getClassFileName(type))) {
            String constants = file == null ? "" : new String(file.readAllBytes(), StandardCharsets.ISO_8859_1);
            return !constants.contains(BODY) || constants.contains(ASPECT);
        } catch (IOException unreadable) {
            return true;
        }
    }

    /** {@code com.acme.Orders#place}, as messages name it. */
    static String place(Method method, Class<?> type) {
        boolean byType = heldByType(method, type);
        Class<?> shown = byType && Proxy.isProxyClass(type) ? declaringType(type) : type;
        if (Proxy.isProxyClass(shown)) {
            shown = specific(method, type).getDeclaringClass();
        }
        return "@RateLimited on " + ClassUtils.getUserClass(shown).getName() + (byType ? "" : "#" + method.getName());
    }

    private static boolean isReachable(Method method) {
        return (method.getModifiers() & (Modifier.PRIVATE | Modifier.STATIC | Modifier.FINAL)) == 0;
    }

    private static boolean isOnNoInterface(Method method, Class<?> type) {
        Method specific = AopUtils.getMostSpecificMethod(method, type);
        return ClassUtils.getAllInterfacesForClassAsSet(type).stream()
                .flatMap(each -> Arrays.stream(each.getMethods()))
                .filter(each -> each.getName().equals(method.getName()))
                .noneMatch(each -> AopUtils.getMostSpecificMethod(each, type).equals(specific));
    }

    private static List<RateLimited> nearest(AnnotatedElement element) {
        List<MergedAnnotation<RateLimited>> all = all(element).toList();
        return all.stream()
                .filter(each -> each.getAggregateIndex() == all.get(0).getAggregateIndex())
                .map(MergedAnnotation::synthesize)
                .toList();
    }

    private static Stream<MergedAnnotation<RateLimited>> all(AnnotatedElement element) {
        return MergedAnnotations.from(element, SearchStrategy.TYPE_HIERARCHY, REPEATABLE).stream(RateLimited.class);
    }
}
