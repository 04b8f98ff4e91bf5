package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.aop.LimitConfiguration;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import java.util.Set;
import java.util.TreeSet;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/** Says once, when all beans are there, which configured limits nothing can come of. */
final class IneffectiveLimits implements SmartInitializingSingleton {

    private static final Log log = LogFactory.getLog(IneffectiveLimits.class);

    private final LimitConfiguration configuration;
    private final StoreRateLimiterRegistry registry;

    IneffectiveLimits(LimitConfiguration configuration, StoreRateLimiterRegistry registry) {
        this.configuration = configuration;
        this.registry = registry;
    }

    @Override
    public void afterSingletonsInstantiated() {
        Set<String> ineffective = new TreeSet<>(configuration.limits().keySet());
        ineffective.removeAll(registry.names());
        if (!ineffective.isEmpty()) {
            log.warn("Limits under ratelimit.limits that have no permits, and no annotated method of their name to get"
                    + " them from: " + ineffective + ". Set permits, or correct the name.");
        }
        Set<String> unused = registry.unused();
        if (!unused.isEmpty()) {
            log.info("Limits under ratelimit.limits that no annotated method uses, only code that asks the"
                    + " RateLimiterRegistry for them: " + unused);
        }
    }
}
