package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.Limit;
import io.github.ratelimited.aop.LimitConfiguration;
import io.github.ratelimited.aop.LimitSettings;
import io.github.ratelimited.aop.MethodPlans;
import io.github.ratelimited.autoconfigure.RateLimitProperties.LimitProperties;
import io.github.ratelimited.store.LimitChange;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimitPolicy;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.event.SmartApplicationListener;
import org.springframework.core.env.Environment;

/**
 * Changes the limits of which a refreshed configuration says something else than the one before: all of it, or nothing if
 * some of it cannot be. What was changed in another way, and is not said differently now, stays as it is.
 */
final class RefreshedLimits implements SmartApplicationListener {

    /** Spring Cloud's, which need not be there. */
    static final String REFRESH = "org.springframework.cloud.context.environment.EnvironmentChangeEvent";

    private static final Log log = LogFactory.getLog(RefreshedLimits.class);

    private final ObjectProvider<StoreRateLimiterRegistry> registries;
    private final ObjectProvider<MethodPlans> plans;
    private final Environment environment;
    private RateLimitProperties properties;

    /**
     * Of an application.
     *
     * @param properties what it has been started with
     * @param plans know what annotations say by themselves
     */
    RefreshedLimits(
            RateLimitProperties properties,
            ObjectProvider<StoreRateLimiterRegistry> registries,
            ObjectProvider<MethodPlans> plans,
            Environment environment) {
        this.properties = properties;
        this.registries = registries;
        this.plans = plans;
        this.environment = environment;
    }

    @Override
    public boolean supportsEventType(Class<? extends ApplicationEvent> type) {
        return type.getName().equals(REFRESH);
    }

    @Override
    public synchronized void onApplicationEvent(ApplicationEvent event) {
        try {
            RateLimitProperties refreshed = Binder.get(environment)
                    .bindOrCreate(
                            "ratelimit",
                            Bindable.of(RateLimitProperties.class),
                            new NoUnboundElementsBindHandler(BindHandler.DEFAULT, new UnboundElementsSourceFilter()));
            apply(refreshed);
            properties = refreshed;
        } catch (RuntimeException invalid) {
            log.error(
                    "The refreshed configuration of rate limits cannot be, and all limits stay as they were", invalid);
        }
    }

    private record Change(LimitName name, @Nullable Limit limit, LimitChange change, String text) {}

    private void apply(RateLimitProperties refreshed) {
        LimitConfiguration before = Configurations.of(properties);
        LimitConfiguration after = Configurations.of(refreshed);
        Map<String, LimitPolicy> policiesBefore = Policies.ofLimits(properties);
        Map<String, LimitPolicy> policiesAfter = Policies.ofLimits(refreshed);
        LimitPolicy otherwise = Policies.otherwise(refreshed);
        List<Change> changes = new ArrayList<>();
        StoreRateLimiterRegistry registry = registries.getObject();
        Set<String> names = new TreeSet<>(registry.names());
        for (String id : names) {
            LimitName name = registry.describe(id).name();
            LimitSettings old = merged(before, name);
            LimitSettings now = merged(after, name);
            LimitPolicy oldPolicy = policiesBefore.getOrDefault(name.limitId(), Policies.otherwise(properties));
            LimitPolicy newPolicy = policiesAfter.getOrDefault(name.limitId(), otherwise);
            Limit limit = changed(limit(old), limit(now));
            Long maxWait = changed(maxWait(old, before), maxWait(now, after));
            boolean policyChanges = !oldPolicy.equals(newPolicy) && name.plan() == null;
            if (limit != null || maxWait != null || policyChanges) {
                changes.add(new Change(
                        name,
                        limit,
                        new LimitChange(
                                inForce -> limit == null ? inForce : limit,
                                maxWait,
                                policy -> changed(oldPolicy, newPolicy, policy),
                                limit != null),
                        (limit == null ? "" : " to " + limit)
                                + (policyChanges ? ", " + newPolicy : "")
                                + (maxWait == null ? "" : ", max-wait " + maxWait + " ns")));
            }
        }
        List<Declaration> added = Declaration.all(after).stream()
                .filter(each -> !names.contains(each.name().limitId()))
                .toList();
        changes.stream()
                .filter(each -> each.limit != null)
                .forEach(each -> registry.check(each.name, Objects.requireNonNull(each.limit)));
        added.forEach(each -> registry.check(each.name(), each.limit()));
        added.forEach(each -> each.in(registry));
        registry.policies().changeOtherwise(otherwise);
        policiesAfter.forEach((id, policy) -> {
            if (!policy.equals(policiesBefore.get(id)) && !names.contains(id)) {
                registry.policies().change(LimitName.of(id), unchanged -> policy);
            }
        });
        for (Change each : changes) {
            registry.change(each.name.id(), each.change);
            log.info("Rate limit '" + each.name.id() + "' was changed by a refreshed configuration" + each.text);
        }
        plans.getObject().configure(after); // who still plans by the one before is known by what has been replaced
        warnOfWhatNeedsARestart(refreshed);
    }

    /** What the configuration and the annotations say of a limit or a plan together. */
    private @Nullable LimitSettings merged(LimitConfiguration configuration, LimitName name) {
        LimitSettings configured = configuration.limits().get(name.limitId());
        LimitSettings declared = plans.getObject().annotated(name.limitId());
        LimitSettings both = configured == null ? declared : declared == null ? configured : configured.over(declared);
        return both == null || name.plan() == null ? both : both.mergedPlans().get(name.plan());
    }

    private static @Nullable Limit limit(@Nullable LimitSettings settings) {
        return settings == null || settings.permits() == 0 ? null : settings.toLimit();
    }

    private static @Nullable Long maxWait(@Nullable LimitSettings settings, LimitConfiguration configuration) {
        return settings == null ? null : settings.maxWaitNanos(configuration.maxWaitNanos());
    }

    /** Of what holds now, the parts that are said differently. */
    private static LimitPolicy changed(LimitPolicy before, LimitPolicy after, LimitPolicy inForce) {
        return new LimitPolicy(
                before.mode() == after.mode() ? inForce.mode() : after.mode(),
                Objects.equals(before.near(), after.near()) ? inForce.near() : after.near(),
                Objects.equals(before.penalty(), after.penalty()) ? inForce.penalty() : after.penalty());
    }

    /** {@code after} if it says something, and something else. */
    private static <T> @Nullable T changed(@Nullable T before, @Nullable T after) {
        return Objects.equals(before, after) ? null : after;
    }

    private void warnOfWhatNeedsARestart(RateLimitProperties refreshed) {
        Set<String> restart = new TreeSet<>();
        if (!Objects.equals(properties.store(), refreshed.store())) {
            restart.add("ratelimit.store");
        }
        if (!properties.keyPrefix().equals(refreshed.keyPrefix())
                || properties.hashKeys() != refreshed.hashKeys()
                || !Objects.equals(properties.hashSecret(), refreshed.hashSecret())) {
            restart.add("key-prefix, hash-keys and hash-secret");
        }
        if (!properties.web().equals(refreshed.web())) {
            restart.add("ratelimit.web");
        }
        if (!properties.redis().equals(refreshed.redis()) || !properties.jdbc().equals(refreshed.jdbc())) {
            restart.add("the store's own settings");
        }
        if (properties.enabled() != refreshed.enabled()
                || properties.order() != refreshed.order()
                || properties.expectedInstances() != refreshed.expectedInstances()
                || !properties.memory().equals(refreshed.memory())
                || !properties.resolver().equals(refreshed.resolver())) {
            restart.add("enabled, order, expected-instances, memory and resolver");
        }
        if (!properties.defaults().maxWait().equals(refreshed.defaults().maxWait())
                || properties.defaults().onStoreFailure()
                        != refreshed.defaults().onStoreFailure()) {
            restart.add("on-store-failure of ratelimit.defaults, and its max-wait for limits without a name");
        }
        properties.limits().forEach((name, old) -> {
            LimitProperties now = refreshed.limits().get(name);
            if (now != null && !old.plans().keySet().containsAll(now.plans().keySet())) {
                restart.add("the new plans of " + LimitName.property(name));
            }
            if (now == null) {
                restart.add("the end of " + LimitName.property(name));
            } else if (!Objects.equals(old.key(), now.key())
                    || !Objects.equals(old.pointcut(), now.pointcut())
                    || old.onStoreFailure() != now.onStoreFailure()
                    || old.obeyRetryAfter() != now.obeyRetryAfter()) {
                restart.add("key, pointcut, on-store-failure and obey-retry-after of " + LimitName.property(name));
            }
        });
        if (!restart.isEmpty()) {
            log.warn("Of the refreshed configuration of rate limits this needs a restart: " + restart);
        }
    }
}
