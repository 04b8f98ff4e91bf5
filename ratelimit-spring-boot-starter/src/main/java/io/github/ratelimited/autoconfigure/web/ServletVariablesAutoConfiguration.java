package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.aop.CallVariables;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** Lets expressions refer to the web request by which a limited method is called. */
@AutoConfiguration(before = RateLimitAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "ratelimit.enabled", matchIfMissing = true)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({HttpServletRequest.class, RequestContextHolder.class})
public class ServletVariablesAutoConfiguration {

    /**
     * {@code #principal}, a name, and {@code #clientIp}; {@code null} outside of a request. No candidate by type, so that
     * it cannot come before a bean of the application.
     */
    @Bean(defaultCandidate = false)
    CallVariables rateLimitWebVariables(RateLimitProperties properties) {
        ClientAddresses addresses = new ClientAddresses(properties.web());
        return () -> Map.of(
                "principal", () -> ofRequest(request -> new ServletCall(request, addresses).getPrincipal()),
                "clientIp", () -> ofRequest(request -> new ServletCall(request, addresses).getClientIp()));
    }

    private static @Nullable Object ofRequest(Function<HttpServletRequest, @Nullable String> value) {
        return RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes
                ? value.apply(attributes.getRequest())
                : null;
    }
}
