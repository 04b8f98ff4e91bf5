package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.aop.LimitConfiguration;
import io.github.ratelimited.aop.MethodPlans;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.core.env.Environment;

/**
 * Looks at what is configured when all beans are there: what cannot be stops the start, and what nothing can come of is
 * told once. An application in which nothing is configured is left alone; its limits, if it has any, are made when they
 * are needed.
 */
final class StartCheck implements SmartInitializingSingleton {

    private static final Log log = LogFactory.getLog(StartCheck.class);

    private final ObjectProvider<RateLimitProperties> properties;
    private final ObjectProvider<MethodPlans> plans;
    private final ObjectProvider<StoreRateLimiterRegistry> registries;
    private final ListableBeanFactory beans;
    private final Environment environment;

    StartCheck(
            ObjectProvider<RateLimitProperties> properties,
            ObjectProvider<MethodPlans> plans,
            ObjectProvider<StoreRateLimiterRegistry> registries,
            ListableBeanFactory beans,
            Environment environment) {
        this.properties = properties;
        this.plans = plans;
        this.registries = registries;
        this.beans = beans;
        this.environment = environment;
    }

    @Override
    public void afterSingletonsInstantiated() {
        if (isAnythingConfigured()) {
            check(properties.getObject(), plans.getObject().configuration(), registries.getObject());
        }
    }

    /** A store of the application's own is configured too, by being there. */
    private boolean isAnythingConfigured() {
        return RateLimitProperties.areIn(environment)
                || Arrays.stream(BeanFactoryUtils.beanNamesForTypeIncludingAncestors(
                                beans, LimiterStore.class, true, false))
                        .anyMatch(name -> !StoreChoice.isOurs(name));
    }

    private void check(
            RateLimitProperties properties, LimitConfiguration configuration, StoreRateLimiterRegistry registry) {
        if (!properties.web().rules().isEmpty() && !beans.containsBean("rateLimitEdgeFilter")) {
            log.warn("ratelimit.web.rules limit nothing: they are for requests of Spring MVC and of WebFlux, and this"
                    + " application has neither.");
        }
        if (properties.hashSecret() != null && !properties.hashKeys()) {
            log.warn("ratelimit.hash-secret hashes nothing, since ratelimit.hash-keys is not true.");
        }
        Set<String> ineffective = new TreeSet<>(configuration.limits().keySet());
        ineffective.removeAll(registry.names());
        Set<String> unused = registry.unused();
        ineffective.forEach(name -> checkThatNobodyIsShownAs(name, registry));
        unused.forEach(name -> checkThatNobodyIsShownAs(name, registry));
        if (!ineffective.isEmpty()) {
            log.warn("Limits under ratelimit.limits that have no permits, and no annotated method of their name to get"
                    + " them from: " + ineffective + ". Set permits, or correct the name.");
        }
        Set<String> unpicked = unpicked(configuration, registry, unused);
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
    private static void checkThatNobodyIsShownAs(String name, StoreRateLimiterRegistry registry) {
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
    private static Set<String> unpicked(
            LimitConfiguration configuration, StoreRateLimiterRegistry registry, Set<String> unused) {
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
