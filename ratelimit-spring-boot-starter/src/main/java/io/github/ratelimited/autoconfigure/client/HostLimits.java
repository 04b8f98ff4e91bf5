package io.github.ratelimited.autoconfigure.client;

import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.autoconfigure.RateLimitProperties.LimitProperties;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.beans.factory.ObjectProvider;

/** The limits of hosts, each once, whatever client is under it. */
final class HostLimits {

    private final ObjectProvider<RateLimiterRegistry> registry;
    private final RateLimitProperties properties;
    private final TimeSource time;
    private final Map<String, HostLimit> limits = new ConcurrentHashMap<>();

    HostLimits(ObjectProvider<RateLimiterRegistry> registry, RateLimitProperties properties, TimeSource time) {
        this.registry = registry;
        this.properties = properties;
        this.time = time;
    }

    boolean isOutbound(String name) {
        return limits.containsKey(name);
    }

    HostLimit of(String name) {
        HostLimit known = limits.get(name);
        if (known == null) {
            LimitProperties limit = properties.limits().get(name);
            RateLimiter limiter = registry.getObject().get(name); // may make beans, for which no lock may be held
            known = limits.computeIfAbsent(
                    name, key -> new HostLimit(limiter, limit != null && limit.obeyRetryAfter(), time));
        }
        return known;
    }
}
