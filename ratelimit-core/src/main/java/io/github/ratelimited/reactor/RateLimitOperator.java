package io.github.ratelimited.reactor;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimiter;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
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
                ? Mono.defer(() -> turn().then(mono))
                : Flux.defer(() -> turn().thenMany(source));
    }

    private Mono<Decision> turn() {
        return turn(limiter.acquireAsync(permits, limiter.maxWait()), limiter::refund);
    }

    /**
     * The turn of a caller as a signal. Cancelling it gives the turn up.
     *
     * @param giveBack takes the decision of a turn that came just as it was given up
     */
    public static Mono<Decision> turn(CompletableFuture<Decision> turn, Consumer<Decision> giveBack) {
        return Mono.create(subscriber -> {
            subscriber.onCancel(() -> {
                if (!turn.cancel(false)) {
                    turn.thenAccept(giveBack);
                }
            });
            turn.whenComplete((decision, failure) -> {
                if (failure != null) {
                    subscriber.error(failure);
                } else {
                    subscriber.success(decision);
                }
            });
        });
    }
}
