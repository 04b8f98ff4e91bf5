package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.LimitMode;
import io.github.ratelimited.aop.DurationText;
import io.github.ratelimited.autoconfigure.RateLimitProperties.LimitProperties;
import io.github.ratelimited.autoconfigure.RateLimitProperties.PenaltyProperties;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimitPolicies;
import io.github.ratelimited.store.LimitPolicy;
import io.github.ratelimited.store.Penalty;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** What the properties say of limits besides their numbers. */
final class Policies {

    private Policies() {}

    /**
     * All of it.
     *
     * @throws InvalidRateLimitException if it cannot be
     */
    static LimitPolicies of(RateLimitProperties properties) {
        return new LimitPolicies(ofLimits(properties), otherwise(properties));
    }

    static LimitPolicy otherwise(RateLimitProperties properties) {
        return LimitPolicy.ENFORCED.withMode(properties.defaults().mode());
    }

    static Map<String, LimitPolicy> ofLimits(RateLimitProperties properties) {
        Map<String, LimitPolicy> policies = new TreeMap<>();
        properties
                .limits()
                .forEach((name, limit) -> policies.put(
                        name,
                        of(
                                LimitName.property(name),
                                limit,
                                properties.defaults().mode())));
        return policies;
    }

    private static LimitPolicy of(String place, LimitProperties limit, LimitMode otherwise) {
        return new LimitPolicy(
                limit.mode() == null ? otherwise : limit.mode(),
                limit.near() == null ? null : near(place, limit.near()),
                limit.penalty() == null ? null : penalty(place + ".penalty", limit.penalty()));
    }

    private static double near(String place, String text) {
        try {
            String number = text.strip();
            BigDecimal near = number.endsWith("%")
                    ? new BigDecimal(number.substring(0, number.length() - 1).strip())
                            .scaleByPowerOfTen(-2) // which writes no zeros
                    : new BigDecimal(number);
            if (near.compareTo(BigDecimal.ONE) <= 0 && near.doubleValue() > 0) {
                return near.doubleValue();
            }
        } catch (NumberFormatException | ArithmeticException none) {
            // said below
        }
        throw new InvalidRateLimitException(
                place, "near = \"" + text + "\" is no part of a limit", "write for example 80%");
    }

    private static Penalty penalty(String place, PenaltyProperties penalty) {
        if (penalty.after() == null || penalty.within() == null || penalty.duration() == null) {
            String missing = penalty.after() == null ? "after" : penalty.within() == null ? "within" : "for";
            throw new InvalidRateLimitException(
                    place, "'" + missing + "' is missing", "write for example { after: 10, within: 1m, for: 15m }");
        }
        Duration within = DurationText.parse(place, "within", penalty.within());
        Duration first = DurationText.parse(place, "for", penalty.duration());
        Duration max = penalty.max() == null ? longest(first) : DurationText.parse(place, "max", penalty.max());
        try {
            return new Penalty(penalty.after(), within, first, max);
        } catch (IllegalArgumentException invalid) {
            throw new InvalidRateLimitException(
                    place,
                    String.valueOf(invalid.getMessage()),
                    "write for example { after: 10, within: 1m, for: 15m, max: 24h }");
        }
    }

    private static Duration longest(Duration first) {
        return first.compareTo(Penalty.LONGEST.dividedBy(10)) > 0 ? Penalty.LONGEST : first.multipliedBy(10);
    }
}
