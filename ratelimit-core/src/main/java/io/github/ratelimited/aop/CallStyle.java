package io.github.ratelimited.aop;

import java.lang.reflect.Method;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** How calls of one kind of method wait and are denied: by their thread, through their future, at subscription. */
interface CallStyle {

    /** Whether there is Reactor, by which calls of other reactive types and Kotlin's coroutines wait too. */
    boolean REACTOR = ClassUtils.isPresent("reactor.core.publisher.Flux", CallStyle.class.getClassLoader());

    /** Makes the call when it is let in. */
    @Nullable
    Object call(MethodPlan plan, MethodInvocation call) throws Throwable;

    /** The style that a method's return type asks for, as it is in the bean's type. */
    static CallStyle of(Method method, Class<?> beanType) {
        Class<?> type = ResolvableType.forMethodReturnType(method, beanType).resolve(method.getReturnType());
        if (type.isAssignableFrom(CompletableFuture.class) && type != Object.class) {
            return new FutureCall();
        }
        if (!REACTOR || Future.class.isAssignableFrom(type)) {
            return new BlockingCall(method);
        }
        if (KotlinDetector.isSuspendingFunction(method)) {
            return ReactiveCall.suspending();
        }
        ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(type);
        return adapter != null && canBeMade(type, adapter) ? ReactiveCall.of(adapter) : new BlockingCall(method);
    }

    /** Adapters know subtypes too, say a {@code ConnectableFlux}, but what they make is none. */
    private static boolean canBeMade(Class<?> type, ReactiveAdapter adapter) {
        return type.isAssignableFrom(adapter.getReactiveType())
                || type.isAssignableFrom(adapter.isMultiValue() ? Flux.class : Mono.class);
    }

    /** The call in a form that may go on after we have returned, whatever those outside of us do with theirs. */
    static MethodInvocation detached(MethodInvocation call) {
        return call instanceof ProxyMethodInvocation proxied ? proxied.invocableClone() : call;
    }
}
