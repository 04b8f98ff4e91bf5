package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.aop.LimitConfiguration;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/** Says once, when all beans are there, which configured limits nothing can come of; stops the start if that is sure. */
final class IneffectiveLimits implements SmartInitializingSingleton {

    private static final Log log = LogFactory.getLog(IneffectiveLimits.class);

    private final LimitConfiguration configuration;
    private final StoreRateLimiterRegistry registry;
    private final List<String> others;

    /**
     * Of an application.
     *
     * @param others what else is configured that nothing comes of, a sentence each
     */
    IneffectiveLimits(LimitConfiguration configuration, StoreRateLimiterRegistry registry, List<String> others) {
        this.configuration = configuration;
        this.registry = registry;
        this.others = List.copyOf(others);
    }

    @Override
    public void afterSingletonsInstantiated() {
        others.forEach(log::warn);
        Set<String> ineffective = new TreeSet<>(configuration.limits().keySet());
        ineffective.removeAll(registry.names());
        Set<String> unused = registry.unused();
        ineffective.forEach(this::checkThatNobodyIsShownAs);
        unused.forEach(this::checkThatNobodyIsShownAs);
        if (!ineffective.isEmpty()) {
            log.warn("Limits under ratelimit.limits that have no permits, and no annotated method of their name to get"
                    + " them from: " + ineffective + ". Set permits, or correct the name.");
        }
        Set<String> unpicked = unpicked(unused);
        if (!unpicked.isEmpty()) {
            log.warn("Plans under ratelimit.limits that nobody picks: " + unpicked
                    + ". No annotation of these limits has plan = \"...\"; add it, or leave the plans out.");
        }
        if (!unused.isEmpty()) {
            log.info("Limits under ratelimit.limits that no annotated method uses, only code that asks the"
                    + " RateLimiterRegistry for them: " + unused);
        }
    }

    /** Whoever configures what a denial shows means that method. */
    private void checkThatNobodyIsShownAs(String name) {
        Set<String> shown = registry.shownAs(name);
        if (!shown.isEmpty()) {
            throw new InvalidRateLimitException(
                    LimitName.property(name),
                    String.join(" and ", shown) + (shown.size() == 1 ? " is" : " are") + " shown as '" + name
                            + "', but only a limit with a name can be configured",
                    "write @RateLimited(name = \"...\") there, and configure that name");
        }
    }

    /** The plans of limits that methods use; those of other limits are told of with these. */
    private Set<String> unpicked(Set<String> unused) {
        Set<String> known = registry.names();
        Set<String> unpicked = new TreeSet<>();
        configuration.limits().forEach((name, settings) -> {
            if (known.contains(name) && !unused.contains(name)) {
                for (String plan : settings.plans().keySet()) {
                    String id = LimitName.of(name).ofPlan(plan).id();
                    if (unused.remove(id) || !known.contains(id)) {
                        unpicked.add(name + ".plans." + plan);
                    }
                }
            }
        });
        return unpicked;
    }
}
