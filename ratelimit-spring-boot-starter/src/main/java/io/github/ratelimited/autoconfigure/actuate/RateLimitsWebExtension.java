package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.autoconfigure.actuate.LimitOperations.Wish;
import io.github.ratelimited.store.StoreUnavailableException;
import java.security.Principal;
import java.util.Map;
import java.util.function.Supplier;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;
import org.springframework.lang.Nullable;

/** The endpoint over HTTP: 404 for a limit that there is not, 400 with the reason for what cannot be, 503 while the store gives no
 * answer. */
@EndpointWebExtension(endpoint = RateLimitsEndpoint.class)
@SuppressWarnings("deprecation") // as there
public class RateLimitsWebExtension {

    private final RateLimitsEndpoint endpoint;
    private final RateLimiterRegistry registry;

    RateLimitsWebExtension(RateLimitsEndpoint endpoint, RateLimiterRegistry registry) {
        this.endpoint = endpoint;
        this.registry = registry;
    }

    /** One limit, or how one of its keys stands. */
    @ReadOperation
    public WebEndpointResponse<?> limit(SecurityContext caller, @Selector String name, @Nullable String key) {
        return answer(name, () -> new WebEndpointResponse<>(endpoint.limit(name, key)));
    }

    /** Changes a limit, or gives permits back to a key. */
    @WriteOperation
    public WebEndpointResponse<?> change(
            SecurityContext caller,
            @Selector String name,
            @Nullable Long permits,
            @Nullable String per,
            @Nullable Long burst,
            @Nullable String mode,
            @Nullable String maxWait,
            @Nullable String key,
            @Nullable Long refund) {
        Wish wish = new Wish(permits, per, burst, mode, maxWait, key, refund);
        return answer(name, () -> new WebEndpointResponse<>(endpoint.change(name, wish, nameOf(caller))));
    }

    /** Forgets what was taken from a key. */
    @DeleteOperation
    public WebEndpointResponse<?> reset(SecurityContext caller, @Selector String name, @Nullable String key) {
        return answer(name, () -> {
            endpoint.reset(name, key, nameOf(caller));
            return new WebEndpointResponse<>(WebEndpointResponse.STATUS_NO_CONTENT);
        });
    }

    private WebEndpointResponse<?> answer(String name, Supplier<WebEndpointResponse<?>> answer) {
        try {
            registry.get(name);
        } catch (IllegalArgumentException unknown) {
            return failure(WebEndpointResponse.STATUS_NOT_FOUND, unknown.getMessage());
        }
        try {
            return answer.get();
        } catch (IllegalArgumentException cannotBe) {
            return failure(WebEndpointResponse.STATUS_BAD_REQUEST, cannotBe.getMessage());
        } catch (StoreUnavailableException gone) {
            return failure(WebEndpointResponse.STATUS_SERVICE_UNAVAILABLE, gone.getMessage());
        }
    }

    static WebEndpointResponse<?> failure(int status, @Nullable String why) {
        return new WebEndpointResponse<>(Map.of("error", why == null ? "" : why), status);
    }

    @Nullable
    private static String nameOf(SecurityContext caller) {
        Principal principal = caller.getPrincipal();
        return principal == null ? null : principal.getName();
    }
}
