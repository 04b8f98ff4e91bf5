package io.github.ratelimited.aop;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodClassKey;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;
import org.springframework.util.StringValueResolver;

/**
 * Works out the plan of each limited method, once: the annotations that hold for it, what the configuration says of
 * their names, and the limits of the registry that come of it.
 */
public final class MethodPlans {

    private final StoreRateLimiterRegistry registry;
    private final LimitConfiguration configuration;
    private final StringValueResolver placeholders;
    private final ConcurrentHashMap<MethodClassKey, Optional<MethodPlan>> plans = new ConcurrentHashMap<>();

    /**
     * Plans for one application.
     *
     * @param placeholders resolves {@code ${...}} in the annotation's texts
     */
    public MethodPlans(
            StoreRateLimiterRegistry registry, LimitConfiguration configuration, StringValueResolver placeholders) {
        this.registry = registry;
        this.configuration = configuration;
        this.placeholders = placeholders;
    }

    /** Plans by annotations alone, in memory, for code that no application configures. */
    static MethodPlans standalone() {
        Admission admission = new Admission(
                new MemoryLimiterStore(TimeSource.system(), MemoryLimiterStore.DEFAULT_MAX_KEYS), TimeSource.system());
        return new MethodPlans(new StoreRateLimiterRegistry(admission), LimitConfiguration.NONE, text -> {
            throw new IllegalArgumentException("no application is there to resolve it");
        });
    }

    /**
     * The plan of a method of a type; {@code null} if it is not limited.
     *
     * @throws InvalidRateLimitException if its annotations cannot work
     */
    @Nullable
    MethodPlan of(Method method, Class<?> type) {
        MethodClassKey key = new MethodClassKey(method, type);
        Optional<MethodPlan> known = plans.get(key);
        if (known == null) {
            known = Optional.ofNullable(resolve(method, type));
            plans.put(key, known);
        }
        return known.orElse(null);
    }

    private @Nullable MethodPlan resolve(Method method, Class<?> type) {
        List<RateLimited> annotations = AnnotatedMethods.annotations(method, type);
        if (annotations.isEmpty()) {
            return null;
        }
        Method specific = AopUtils.getMostSpecificMethod(method, type);
        List<MethodPlan.PlannedLimit> limits = new ArrayList<>();
        for (int i = 0; i < annotations.size(); i++) {
            limits.add(planned(annotations.get(i), i, specific, ClassUtils.getUserClass(type)));
        }
        return new MethodPlan(registry.admission(), limits);
    }

    private MethodPlan.PlannedLimit planned(RateLimited annotation, int index, Method method, Class<?> type) {
        String place = AnnotatedMethods.place(method, type);
        String given = resolved(place, "name", annotation.name());
        LimitName name = given.isEmpty() ? unnamed(method, type, index) : LimitName.of(given);
        LimitSettings settings = new LimitSettings(
                place,
                annotation.permits(),
                resolved(place, "per", annotation.per()),
                annotation.burst(),
                annotation.algorithm(),
                resolved(place, "key", annotation.key()),
                resolved(place, "maxWait", annotation.maxWait()));
        LimitSettings configured = given.isEmpty() ? null : configuration.of(given);
        LimitSettings merged = configured == null ? settings : configured.over(settings);
        if (merged.permits() == 0) {
            throw withoutPermits(place, given, configured != null);
        }
        Limit limit = merged.toLimit();
        return new MethodPlan.PlannedLimit(
                registry.declare(name, limit, merged.place()),
                StringUtils.hasText(merged.key())
                        ? CallExpression.parse(merged.place(), "key", merged.key(), method)
                        : null,
                merged.maxWaitNanos(configuration.maxWaitNanos()));
    }

    private InvalidRateLimitException withoutPermits(String place, String name, boolean configured) {
        if (name.isEmpty()) {
            return new InvalidRateLimitException(
                    place,
                    "it has neither permits nor a name",
                    "write for example permits = 5, or a name and ratelimit.limits.<name>.permits");
        }
        String problem = configured
                ? "neither the annotation nor ratelimit.limits." + name + " says how many permits"
                : "there is no limit '" + name + "' under ratelimit.limits, and the annotation has no permits";
        return new InvalidRateLimitException(
                place,
                problem,
                "set ratelimit.limits." + name + ".permits, or permits in the annotation"
                        + (configured
                                ? ""
                                : "; configured are "
                                        + new TreeSet<>(configuration.limits().keySet())));
    }

    private String resolved(String place, String attribute, String text) {
        if (!text.contains("${")) {
            return text.trim();
        }
        try {
            String resolved = placeholders.resolveStringValue(text);
            return resolved == null ? "" : resolved.trim();
        } catch (IllegalArgumentException unresolvable) {
            throw new InvalidRateLimitException(
                    place,
                    attribute + " = \"" + text + "\" cannot be resolved (" + unresolvable.getMessage() + ")",
                    "define the property, or give a default: ${name:default}");
        }
    }

    /** A limit of a type is named by the type alone, so that its methods share it; one of a method by all that tells it. */
    private static LimitName unnamed(Method method, Class<?> type, int index) {
        String number = index == 0 ? "" : "#" + (index + 1);
        if (AnnotatedMethods.heldByType(method, type)) {
            return new LimitName(type.getName() + number, type.getSimpleName() + number);
        }
        Class<?> declaring = method.getDeclaringClass();
        String signature = Arrays.stream(method.getParameterTypes())
                .map(Class::getTypeName)
                .collect(Collectors.joining(",", method.getName() + "(", ")"));
        return new LimitName(
                declaring.getName() + "#" + signature + number,
                declaring.getSimpleName() + "." + method.getName() + number);
    }
}
