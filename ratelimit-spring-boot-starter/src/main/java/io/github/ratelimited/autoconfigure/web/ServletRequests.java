package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.Decision;
import io.github.ratelimited.aop.CallVariables;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.DecisionListener;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * The request that the calling thread serves: its answer is told what is decided, and expressions may refer to
 * {@code #principal}, a name, and {@code #clientIp}; both {@code null} outside of a request.
 */
public final class ServletRequests implements DecisionListener, CallVariables {

    private final ClientAddresses addresses;

    /** The requests of an application, whose properties say whom to believe whose address it is. */
    public ServletRequests(RateLimitProperties properties) {
        this.addresses = new ClientAddresses(properties.web());
    }

    @Override
    public void decided(AcquireRequest request, Decision decision) {
        DecisionListener ofCaller = ofCaller();
        if (ofCaller != null) {
            ofCaller.decided(request, decision);
        }
    }

    @Override
    public @Nullable DecisionListener ofCaller() {
        RequestAttributes attributes = RequestContextHolder.getRequestAttributes();
        try {
            return attributes == null
                    ? null
                    : (DecisionListener)
                            attributes.getAttribute(AnswerFields.OF_REQUEST, RequestAttributes.SCOPE_REQUEST);
        } catch (IllegalStateException requestIsOver) {
            return null; // a thread goes on that has its attributes
        }
    }

    @Override
    public Map<String, Supplier<@Nullable Object>> variables() {
        return Map.of(
                "principal", () -> ofRequest(request -> new ServletCall(request, addresses).getPrincipal()),
                "clientIp", () -> ofRequest(request -> new ServletCall(request, addresses).getClientIp()));
    }

    private static @Nullable Object ofRequest(Function<HttpServletRequest, @Nullable String> value) {
        return RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes
                ? value.apply(attributes.getRequest())
                : null;
    }
}
