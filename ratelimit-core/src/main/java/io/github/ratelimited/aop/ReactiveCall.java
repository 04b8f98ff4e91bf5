package io.github.ratelimited.aop;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.reactor.RateLimitOperator;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.DecisionListener;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * Each subscription asks for permits and, if it has to, waits for its turn by a timer; cancelling it before gives them
 * back. A denial is an error signal. The method itself runs once, at the call, as it would without a limit.
 */
final class ReactiveCall implements CallStyle {

    private final ReactiveAdapter adapter;

    private ReactiveCall(ReactiveAdapter adapter) {
        this.adapter = adapter;
    }

    static ReactiveCall of(ReactiveAdapter adapter) {
        return new ReactiveCall(adapter);
    }

    /** Spring's proxies hand a suspending function to its interceptors as a {@code Mono}. */
    static ReactiveCall suspending() {
        ReactiveAdapter mono = ReactiveAdapterRegistry.getSharedInstance().getAdapter(Mono.class);
        if (mono == null) {
            throw new IllegalStateException("Reactor is there, but Spring has no adapter for it");
        }
        return new ReactiveCall(mono);
    }

    @Override
    public @Nullable Object call(MethodPlan plan, MethodInvocation call) throws Throwable {
        Object made = call.proceed();
        if (made instanceof Mono<?> mono) {
            return Mono.deferContextual(context -> Mono.from(whenAllowed(plan, call, context, mono)));
        }
        if (made instanceof Flux<?> flux) {
            return Flux.deferContextual(context -> whenAllowed(plan, call, context, flux));
        }
        if (made == null) {
            return null;
        }
        Publisher<?> source = adapter.toPublisher(made);
        return adapter.fromPublisher(
                adapter.isMultiValue()
                        ? Flux.deferContextual(context -> whenAllowed(plan, call, context, source))
                        : Mono.deferContextual(context -> Mono.from(whenAllowed(plan, call, context, source))));
    }

    /** For expressions alone: a fallback needs the call itself, which knows its proxy. */
    private static MethodInvocation subscribed(MethodInvocation call, ContextView context) {
        Object given = context.getOrDefault(CallVariables.REACTOR_CONTEXT, null);
        if (given == null) {
            return call;
        }
        if (given instanceof Map<?, ?> variables) {
            return new SubscribedCall(call, variables);
        }
        throw new IllegalStateException("'" + CallVariables.REACTOR_CONTEXT
                + "' in the Reactor context is to be a Map of variables by name, and is a "
                + given.getClass().getName());
    }

    @SuppressWarnings("unchecked")
    private <T> Publisher<T> whenAllowed(
            MethodPlan plan, MethodInvocation call, ContextView context, Publisher<?> source) {
        Publisher<T> admitted = (Publisher<T>) source;
        AcquireRequest request = plan.request(subscribed(call, context));
        if (request == null) {
            return admitted;
        }
        Decision atOnce = plan.admission().decideAtOnce(request);
        DecisionListener listener = context.getOrDefault(DecisionListener.class, null);
        if (atOnce != null) {
            told(listener, request, atOnce);
            return atOnce.allowed() ? admitted : fallback(plan, call, new RateLimitExceededException(atOnce));
        }
        CompletableFuture<Decision> turn = plan.admission().admitAsync(request);
        if (turn.isDone() && !turn.isCompletedExceptionally()) {
            told(listener, request, turn.join());
            return admitted;
        }
        Publisher<T> told = listener == null ? admitted : telling(() -> told(listener, request, turn.join()), admitted);
        return RateLimitOperator.atTurn(turn, unused -> plan.admission().refund(request, unused), told, denial -> {
            told(listener, request, denial.getDecision());
            return fallback(plan, call, denial);
        });
    }

    /** The same, of which somebody is told before it begins. */
    private static <T> Publisher<T> telling(Runnable telling, Publisher<T> source) {
        return source instanceof Mono<T> mono
                ? Mono.fromRunnable(telling).then(mono)
                : Mono.fromRunnable(telling).thenMany(source);
    }

    private static void told(@Nullable DecisionListener listener, AcquireRequest request, Decision decision) {
        if (listener != null) {
            listener.decided(request, decision);
        }
    }

    @SuppressWarnings("unchecked")
    private <T> Publisher<T> fallback(MethodPlan plan, MethodInvocation call, RateLimitExceededException denial) {
        try {
            Object made = plan.denied(call, denial);
            return made == null
                    ? Mono.empty()
                    : (Publisher<T>) (made instanceof Publisher<?> ? made : adapter.toPublisher(made));
        } catch (Throwable thrown) {
            return Mono.error(thrown);
        }
    }
}
