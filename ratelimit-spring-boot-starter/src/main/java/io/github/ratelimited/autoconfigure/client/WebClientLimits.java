package io.github.ratelimited.autoconfigure.client;

import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import reactor.core.publisher.Mono;

/**
 * Keeps a {@code WebClient} under a limit as {@link RestClientLimits} does it, without holding a thread: each
 * subscription is a request, and one that is cancelled before its turn gives that to the next.
 *
 * <pre>{@code
 * WebClient client = builder.filter(limits.by("github")).build();
 * }</pre>
 */
public final class WebClientLimits {

    private final HostLimits limits;

    /** By the limits, and with the permits, that other clients of the same hosts have. */
    public WebClientLimits(RestClientLimits others) {
        this.limits = others.hosts();
    }

    /**
     * A filter by the limit of that name.
     *
     * @throws IllegalArgumentException if there is no such limit
     */
    public ExchangeFilterFunction by(String limit) {
        HostLimit hosts = limits.of(limit);
        return (request, next) -> {
            String host = HostLimit.hostOf(request.url());
            return Mono.defer(() -> new HostTurn(hosts, host).then(() -> next.exchange(request)))
                    .doOnNext(response -> hosts.answered(
                            host, response.statusCode(), response.headers().asHttpHeaders()));
        };
    }
}
