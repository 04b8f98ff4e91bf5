package io.github.ratelimited.autoconfigure.client;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.reactor.RateLimitOperator;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** One request's way through a {@link HostLimit} without holding a thread. Apart, since not everybody has Reactor. */
final class HostTurn {

    private final HostLimit limit;
    private final String host;
    private final RateLimiter ofHost;
    private final long begin;

    HostTurn(HostLimit limit, String host) {
        this.limit = limit;
        this.host = host;
        this.ofHost = limit.of(host);
        this.begin = limit.time().nanoTime();
    }

    /** The request, made when there is a turn and the host is not held back. */
    <T> Mono<T> then(Supplier<Mono<T>> request) {
        return whenFree().then(Mono.defer(() -> {
            CompletableFuture<Decision> turn = ofHost.acquireAsync(1, Duration.ofNanos(limit.rest(ofHost, begin)));
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
        return then(request);
    }

    private Mono<Void> whenFree() {
        return Mono.defer(() -> {
            long held = limit.heldNanos(host);
            if (held == 0) {
                return Mono.empty();
            }
            limit.checkWaits(ofHost, begin, held);
            Mono<Void> later = Mono.create(waiting -> {
                Future<?> timer =
                        limit.time().schedule(() -> limit.time().executor().execute(waiting::success), held);
                waiting.onDispose(() -> timer.cancel(false));
            });
            return later.then(whenFree());
        });
    }
}
