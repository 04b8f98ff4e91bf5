package io.github.ratelimited.autoconfigure.client;

import io.github.ratelimited.Decision;
import io.github.ratelimited.reactor.RateLimitOperator;
import io.github.ratelimited.store.StoreRateLimiter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** One request's way through a {@link HostLimit} without holding a thread. Apart, since not everybody has Reactor. */
final class HostTurn {

    private final HostLimit limit;
    private final String host;
    private final StoreRateLimiter ofHost;
    private final long begin;

    HostTurn(HostLimit limit, String host) {
        this(limit, host, limit.of(host), limit.time().nanoTime());
    }

    private HostTurn(HostLimit limit, String host, StoreRateLimiter ofHost, long begin) {
        this.limit = limit;
        this.host = host;
        this.ofHost = ofHost;
        this.begin = begin;
    }

    /** The request, made when there is a turn and the host is not held back. */
    <T> Mono<T> then(Supplier<Mono<T>> request) {
        return whenFree().then(Mono.defer(() -> {
            CompletableFuture<Decision> turn = ofHost.acquireAsync(1, Duration.ofNanos(limit.rest(begin)));
            return Mono.from(RateLimitOperator.atTurn(
                    turn,
                    ofHost::refund,
                    Mono.defer(() -> atTurn(turn.join(), request)),
                    denial -> Mono.error(OutboundLimitExceededException.of(denial))));
        }));
    }

    private <T> Mono<T> atTurn(Decision decision, Supplier<Mono<T>> request) {
        if (limit.heldNanos(host) == 0) {
            return request.get();
        }
        ofHost.refund(decision); // held back while it waited for its turn
        return new HostTurn(limit, host, ofHost.again(), begin).then(request);
    }

    private Mono<Void> whenFree() {
        return Mono.<Void>create(this::sleep)
                .repeat(() -> limit.nanosToWait(host, begin) > 0)
                .then();
    }

    private void sleep(MonoSink<Void> waiting) {
        long wait = limit.nanosToWait(host, begin);
        if (wait == 0) {
            waiting.success();
            return;
        }
        Runnable wake = () -> limit.time().executor().execute(waiting::success);
        Future<?> timer = limit.time().schedule(wake, wait);
        limit.join(wake);
        waiting.onDispose(() -> {
            timer.cancel(false);
            limit.leave(wake);
        });
        if (limit.heldNanos(host) == 0) { // lifted before we were there to be woken
            wake.run();
        }
    }
}
