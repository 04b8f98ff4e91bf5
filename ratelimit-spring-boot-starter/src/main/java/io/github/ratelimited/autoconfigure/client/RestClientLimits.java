package io.github.ratelimited.autoconfigure.client;

import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import java.io.IOException;
import java.io.InterruptedIOException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;

/**
 * Keeps a {@code RestClient} or {@code RestTemplate} under a limit, with permits for each host: requests wait for their
 * turn as long as the limit's {@code max-wait} allows, and are denied by {@link OutboundLimitExceededException} otherwise.
 * With {@code ratelimit.limits.<name>.obey-retry-after} a host that answers 429 or 503 with {@code Retry-After} gets no
 * request of this instance before that.
 *
 * <pre>{@code
 * RestClient client = builder.requestInterceptor(limits.by("github")).build();
 * }</pre>
 */
public final class RestClientLimits {

    private final HostLimits limits;

    /** By the limits of an application. */
    public RestClientLimits(
            ObjectProvider<StoreRateLimiterRegistry> registry, RateLimitProperties properties, TimeSource time) {
        this.limits = new HostLimits(registry, properties, time);
    }

    HostLimits hosts() {
        return limits;
    }

    /** Whether clients are under the limit of that name, those of {@link WebClientLimits} too. */
    public boolean isOutbound(String limit) {
        return limits.isOutbound(limit);
    }

    /**
     * An interceptor by the limit of that name.
     *
     * @throws IllegalArgumentException if there is no such limit
     */
    public ClientHttpRequestInterceptor by(String limit) {
        HostLimit hosts = limits.of(limit);
        return (request, body, execution) -> {
            String host = HostLimit.hostOf(request.getURI());
            try {
                hosts.acquire(host);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                InterruptedIOException failure = new InterruptedIOException(interrupted.getMessage());
                failure.initCause(interrupted);
                throw failure;
            }
            ClientHttpResponse response = execution.execute(request, body);
            try {
                hosts.answered(host, response.getStatusCode(), response.getHeaders());
            } catch (IOException | RuntimeException unreadable) {
                response.close(); // of a status that is none, say: nobody else would
                throw unreadable;
            }
            return response;
        };
    }
}
