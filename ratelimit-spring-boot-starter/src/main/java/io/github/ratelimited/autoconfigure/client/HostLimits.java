package io.github.ratelimited.autoconfigure.client;

import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.autoconfigure.RateLimitProperties.LimitProperties;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.StoreRateLimiterRegistry.Known;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.beans.factory.ObjectProvider;

/** The limits of hosts, each once, whatever client is under it. */
final class HostLimits {

    private final ObjectProvider<StoreRateLimiterRegistry> registry;
    private final RateLimitProperties properties;
    private final TimeSource time;
    private final Map<String, HostLimit> limits = new ConcurrentHashMap<>();

    HostLimits(ObjectProvider<StoreRateLimiterRegistry> registry, RateLimitProperties properties, TimeSource time) {
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
            HostLimit made = make(name); // may make beans, for which no lock may be held
            HostLimit other = limits.putIfAbsent(name, made);
            known = other == null ? made : other;
        }
        return known;
    }

    private HostLimit make(String name) {
        StoreRateLimiterRegistry limiters = registry.getObject();
        Known limit = limiters.describe(name);
        LimitProperties configured = properties.limits().get(name);
        boolean obeys = configured != null && configured.obeyRetryAfter();
        return new HostLimit(limit.name(), limit.limiter(), obeys ? limiters.holds() : null, time);
    }
}
