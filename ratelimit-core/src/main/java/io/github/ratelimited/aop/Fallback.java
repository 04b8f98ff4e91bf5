package io.github.ratelimited.aop;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.RateLimitExceededException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ResolvableType;
import org.springframework.util.ReflectionUtils;

/** A method of the same class that is called in the place of a denied one. */
final class Fallback {

    /** Which one a thread is about to enter. */
    private static final ThreadLocal<@Nullable Entry> ENTERED = new ThreadLocal<>();

    private final Method method;
    private final boolean suspending;

    /** Where the exception stands among the parameters; -1 = nowhere. */
    private final int exceptionAt;

    private @Nullable MethodHandle defaultMethod;

    private record Entry(@Nullable Object target, Method method) {

        /** That one may override the one that was found. */
        boolean isOf(@Nullable Object enteredTarget, Method entered) {
            return target == enteredTarget
                    && method.getName().equals(entered.getName())
                    && Arrays.equals(method.getParameterTypes(), entered.getParameterTypes());
        }
    }

    private Fallback(Method method, int exceptionAt) {
        this.method = method;
        this.suspending = KotlinDetector.isSuspendingFunction(method);
        this.exceptionAt = exceptionAt;
    }

    /**
     * Finds the fallback of a method; {@code null} if the method is itself what its type's limit falls back to.
     *
     * @throws InvalidRateLimitException if there is none of that name that fits, or two
     */
    static @Nullable Fallback find(String place, String name, Method limited, Class<?> type) {
        List<Method> named = named(name, type);
        List<Fallback> fitting = fitting(named, limited, type);
        if (fitting.isEmpty() && named.contains(limited) && AnnotatedMethods.heldByType(limited, type)) {
            return null;
        }
        String where = "fallback = \"" + name + "\"";
        if (fitting.isEmpty()) {
            String wanted = signature(name, limited);
            throw new InvalidRateLimitException(
                    place,
                    named.isEmpty()
                            ? where + " is no method of " + type.getName()
                            : where + " has no method of a fitting signature; found " + sorted(named.stream()),
                    "declare " + wanted + ", optionally with a RateLimitExceededException as the last parameter");
        }
        if (fitting.size() > 1) {
            throw new InvalidRateLimitException(
                    place,
                    where + " is ambiguous: " + sorted(fitting.stream().map(each -> each.method)),
                    "leave one of them, with the exception or without");
        }
        ReflectionUtils.makeAccessible(fitting.get(0).method);
        return fitting.get(0);
    }

    /** Of methods of one signature, as the type sees it, the first: it overrides or hides the others. */
    private static List<Fallback> fitting(List<Method> named, Method limited, Class<?> type) {
        Map<List<Class<?>>, Fallback> fitting = new LinkedHashMap<>();
        for (Method candidate : named) {
            int exceptionAt = exceptionAt(candidate, limited, type);
            if (exceptionAt >= -1
                    && callableFrom(limited, candidate)
                    && !candidate.equals(limited)
                    && returnsTheSame(candidate, limited, type)) {
                fitting.putIfAbsent(AnnotatedMethods.parameters(candidate, type), new Fallback(candidate, exceptionAt));
            }
        }
        return List.copyOf(fitting.values());
    }

    /** The name by which it was found. */
    String name() {
        return method.getName();
    }

    /** Calls it; what it throws is thrown as it is. */
    @Nullable
    Object call(MethodInvocation call, RateLimitExceededException denial) throws Throwable {
        Object[] arguments = arguments(call.getArguments(), denial);
        Object target = Modifier.isStatic(method.getModifiers()) ? null : call.getThis();
        if (suspending && target != null) {
            return AopUtils.invokeJoinpointUsingReflection(target, method, arguments); // in the caller's context
        }
        if (target == null && method.isDefault() && call instanceof ProxyMethodInvocation proxied) {
            return callDefault(proxied.getProxy(), arguments); // of a client without a class
        }
        ENTERED.set(new Entry(target, method));
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException thrown) {
            throw thrown.getTargetException();
        } finally {
            ENTERED.remove();
        }
    }

    /** Whether a woven method is entered in the place of a denied one: past its own limits, as behind a proxy. */
    static boolean isEntered(@Nullable Object target, Method woven) {
        Entry entry = ENTERED.get();
        if (entry == null || !entry.isOf(target, woven)) {
            return false;
        }
        ENTERED.remove(); // what it calls is limited
        return true;
    }

    /** By a handle where the interface is not public, which {@link InvocationHandler#invokeDefault} asks for. */
    private @Nullable Object callDefault(Object proxy, Object[] arguments) throws Throwable {
        Class<?> declaring = method.getDeclaringClass();
        if (Modifier.isPublic(declaring.getModifiers())) {
            return InvocationHandler.invokeDefault(proxy, method, arguments);
        }
        MethodHandle handle = defaultMethod;
        if (handle == null) {
            handle = MethodHandles.privateLookupIn(declaring, MethodHandles.lookup())
                    .unreflectSpecial(method, declaring);
            defaultMethod = handle;
        }
        return handle.bindTo(proxy).invokeWithArguments(arguments);
    }

    private Object[] arguments(Object[] arguments, RateLimitExceededException denial) {
        if (exceptionAt < 0) {
            return arguments;
        }
        List<Object> more = new ArrayList<>(Arrays.asList(arguments));
        more.add(exceptionAt, denial);
        return more.toArray();
    }

    /**
     * All methods of that name, whatever their parameters; of a JDK proxy those of its interfaces, which are default ones
     * where its own are not.
     */
    static List<Method> named(String name, Class<?> type) {
        return Arrays.stream(ReflectionUtils.getUniqueDeclaredMethods(
                        type, method -> method.getName().equals(name) && !method.isBridge()))
                .map(method -> Proxy.isProxyClass(type) ? AnnotatedMethods.specific(method, type) : method)
                .distinct()
                .toList();
    }

    /** -1 if the parameters are the same, the exception's place if they are but for it, -2 if they do not fit. */
    private static int exceptionAt(Method candidate, Method limited, Class<?> type) {
        List<Class<?>> wanted = AnnotatedMethods.parameters(limited, type);
        List<Class<?>> found = AnnotatedMethods.parameters(candidate, type);
        if (found.equals(wanted)) {
            return -1;
        }
        int last = KotlinDetector.isSuspendingFunction(limited) ? wanted.size() - 1 : wanted.size();
        if (found.size() == wanted.size() + 1
                && found.get(last).isAssignableFrom(RateLimitExceededException.class)
                && Throwable.class.isAssignableFrom(found.get(last))) {
            List<Class<?>> others = new ArrayList<>(found);
            others.remove(last);
            return others.equals(wanted) ? last : -2;
        }
        return -2;
    }

    private static boolean returnsTheSame(Method candidate, Method limited, Class<?> type) {
        Class<?> wanted = ResolvableType.forMethodReturnType(limited, type).toClass();
        Class<?> found = ResolvableType.forMethodReturnType(candidate, type).toClass();
        return limited.getReturnType() == void.class || wanted.isAssignableFrom(found);
    }

    private static List<String> sorted(Stream<Method> methods) {
        return methods.map(Method::toString).sorted().toList();
    }

    private static boolean callableFrom(Method limited, Method candidate) {
        return Modifier.isStatic(candidate.getModifiers()) || !Modifier.isStatic(limited.getModifiers());
    }

    private static String signature(String name, Method limited) {
        String parameters = String.join(
                ", ",
                Arrays.stream(limited.getParameterTypes())
                        .map(Class::getSimpleName)
                        .toList());
        return (Modifier.isStatic(limited.getModifiers()) ? "static " : "")
                + limited.getReturnType().getSimpleName() + " " + name + "(" + parameters + ")";
    }
}
