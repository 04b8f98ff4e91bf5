package io.github.ratelimited.reactor;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimiter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Limits the subscriptions of a {@code Mono} or {@code Flux}, for {@code transform}: each takes a permit, waiting for it
 * up to {@link RateLimiter#maxWait()} without holding a thread, before the source is subscribed to. A denial is an error
 * signal, {@link RateLimitExceededException}. Cancelling before the turn has come gives the permit back.
 *
 * <pre>{@code
 * client.get(url).transform(RateLimitOperator.of(limiter))
 * }</pre>
 */
public final class RateLimitOperator<T> implements Function<Publisher<T>, Publisher<T>> {

    private final RateLimiter limiter;
    private final long permits;

    private RateLimitOperator(RateLimiter limiter, long permits) {
        this.limiter = limiter;
        this.permits = permits;
    }

    /** An operator by which each subscription takes one permit. */
    public static <T> RateLimitOperator<T> of(RateLimiter limiter) {
        return of(limiter, 1);
    }

    /**
     * An operator by which each subscription takes {@code permits}.
     *
     * @throws IllegalArgumentException if {@code permits} is not positive
     */
    public static <T> RateLimitOperator<T> of(RateLimiter limiter, long permits) {
        if (permits < 1) {
            throw new IllegalArgumentException("permits = " + permits + " is not positive; a call costs at least 1");
        }
        return new RateLimitOperator<>(limiter, permits);
    }

    @Override
    public Publisher<T> apply(Publisher<T> source) {
        return source instanceof Mono<T> mono
                ? Mono.defer(() -> Mono.from(limited(mono)))
                : Flux.defer(() -> limited(source));
    }

    private Publisher<T> limited(Publisher<T> source) {
        return atTurn(limiter.acquireAsync(permits, limiter.maxWait()), limiter::refund, source, Mono::error);
    }

    /**
     * What one subscriber who waits gets: the source when his turn comes, or what stands in for it when he is denied.
     * Cancelling it before the source is subscribed to gives the turn up.
     *
     * @param giveBack takes the decision of a turn that had come by then
     * @return a {@code Mono} if the source is one, else a {@code Flux}
     */
    public static <T> Publisher<T> atTurn(
            CompletableFuture<Decision> turn,
            Consumer<Decision> giveBack,
            Publisher<T> source,
            Function<RateLimitExceededException, ? extends Publisher<T>> denied) {
        AtomicBoolean settled = new AtomicBoolean(); // by the source or by a cancellation, whichever is first
        Mono<Supplier<Publisher<T>>> next = Mono.create(subscriber -> turn.whenComplete((decision, failure) -> {
            if (failure == null) {
                subscriber.success(() -> settled.compareAndSet(false, true) ? source : Mono.never());
            } else if (failure instanceof RateLimitExceededException denial) {
                subscriber.success(() -> denied.apply(denial));
            } else {
                subscriber.error(failure);
            }
        }));
        Runnable giveUp = () -> {
            if (settled.compareAndSet(false, true) && !turn.cancel(false)) {
                turn.thenAccept(giveBack);
            }
        };
        return source instanceof Mono
                ? next.flatMap(each -> Mono.defer(() -> Mono.from(each.get()))).doOnCancel(giveUp)
                : next.flatMapMany(Flux::defer).doOnCancel(giveUp);
    }
}
