package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.aop.DurationText;
import io.github.ratelimited.aop.LimitConfiguration;
import io.github.ratelimited.aop.LimitSettings;
import io.github.ratelimited.autoconfigure.RateLimitProperties.LimitProperties;
import io.github.ratelimited.autoconfigure.RateLimitProperties.PlanProperties;
import io.github.ratelimited.store.LimitName;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The numbers of limits that the properties say. */
final class Configurations {

    private Configurations() {}

    /**
     * All of them, checked here and not where they are used: nobody need use a plan, nor a limit whose permits an
     * annotation has.
     *
     * @throws InvalidRateLimitException if some cannot be
     */
    static LimitConfiguration of(RateLimitProperties properties) {
        Map<String, LimitSettings> limits = properties.limits().entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> settings(entry.getKey(), entry.getValue())));
        limits.values().forEach(limit -> {
            limit.check();
            limit.mergedPlans().values().forEach(LimitSettings::check);
        });
        return new LimitConfiguration(
                limits,
                DurationText.parseWait(
                        "ratelimit.defaults", "max-wait", properties.defaults().maxWait()));
    }

    private static LimitSettings settings(String name, LimitProperties limit) {
        String place = LimitName.property(name);
        return new LimitSettings(
                place,
                orOpen(place, "permits", limit.permits()),
                limit.per(),
                orOpen(place, "burst", limit.burst()),
                limit.algorithm(),
                limit.key(),
                limit.maxWait(),
                limit.plans().entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey,
                                plan -> settings(place + ".plans." + plan.getKey(), plan.getValue()))));
    }

    private static LimitSettings settings(String place, PlanProperties plan) {
        return new LimitSettings(
                place,
                orOpen(place, "permits", plan.permits()),
                plan.per(),
                orOpen(place, "burst", plan.burst()),
                null,
                null,
                null);
    }

    /** 0 means that nothing is said, so nobody may say 0. */
    private static long orOpen(String place, String property, @Nullable Long number) {
        if (number != null && number == 0) {
            throw new InvalidRateLimitException(
                    place, property + " = 0 would let nobody in", "write a positive number, or leave it out");
        }
        return number == null ? 0 : number;
    }
}
