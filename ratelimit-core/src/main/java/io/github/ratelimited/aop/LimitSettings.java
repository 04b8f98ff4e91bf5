package io.github.ratelimited.aop;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What one place says of a limit; what it leaves open is {@code null} or 0. {@code per} and {@code maxWait} are text, to
 * be read in one way wherever they stand.
 *
 * @param place where this is said, for messages
 * @param plans settings by plan; each leaves open what it does not change
 */
public record LimitSettings(
        String place,
        long permits,
        @Nullable String per,
        long burst,
        @Nullable Algorithm algorithm,
        @Nullable String key,
        @Nullable String maxWait,
        Map<String, LimitSettings> plans) {

    /** Settings without plans. */
    public LimitSettings(
            String place,
            long permits,
            @Nullable String per,
            long burst,
            @Nullable Algorithm algorithm,
            @Nullable String key,
            @Nullable String maxWait) {
        this(place, permits, per, burst, algorithm, key, maxWait, Map.of());
    }

    /** These settings, and those of {@code other} where they leave something open. */
    public LimitSettings over(LimitSettings other) {
        return new LimitSettings(
                place,
                permits != 0 ? permits : other.permits,
                per != null ? per : other.per,
                burst != 0 ? burst : other.burst,
                algorithm != null ? algorithm : other.algorithm,
                key != null ? key : other.key,
                maxWait != null ? maxWait : other.maxWait,
                plans.isEmpty() ? other.plans : plans);
    }

    /**
     * The numbers as a limit.
     *
     * @throws InvalidRateLimitException if they are none
     */
    public Limit toLimit() {
        Duration period = period();
        try {
            return new Limit(
                    permits,
                    period,
                    burst == 0 ? permits : burst,
                    algorithm == null ? Algorithm.TOKEN_BUCKET : algorithm);
        } catch (IllegalArgumentException invalid) {
            String[] problemAndFix = String.valueOf(invalid.getMessage()).split("; ", 2);
            throw new InvalidRateLimitException(
                    place,
                    problemAndFix[0],
                    problemAndFix.length > 1 ? problemAndFix[1] : "write for example permits = 5, per = \"1s\"");
        }
    }

    /** The settings of each plan, with these where it leaves something open. */
    public Map<String, LimitSettings> mergedPlans() {
        return plans.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, plan -> plan.getValue().over(this)));
    }

    /**
     * Checks what is said, as far as it can be checked without what is left open.
     *
     * @throws InvalidRateLimitException if something is wrong whatever that is
     */
    public void check() {
        checkTexts();
        if (permits != 0) {
            toLimit();
        } else if (burst < 0) {
            withPermits(1).toLimit();
        }
    }

    private LimitSettings withPermits(long permits) {
        return new LimitSettings(place, permits, per, burst, algorithm, key, maxWait, plans);
    }

    /**
     * Reads the texts, so that a mistake is found where it stands.
     *
     * @throws InvalidRateLimitException if one is no duration
     */
    void checkTexts() {
        period();
        maxWaitNanos(0);
    }

    private Duration period() {
        if (per == null) {
            return Duration.ofSeconds(1);
        }
        Duration period = DurationText.parse(place, "per", per);
        if (period.isZero() || period.isNegative()) {
            throw new InvalidRateLimitException(
                    place, "per = \"" + per + "\" is not longer than zero", "write for example \"1s\"");
        }
        return period;
    }

    /**
     * The longest wait in nanoseconds, {@code Long.MAX_VALUE} = for ever.
     *
     * @throws InvalidRateLimitException if it is no duration
     */
    public long maxWaitNanos(long otherwise) {
        return maxWait == null || maxWait.isBlank()
                ? otherwise
                : DurationText.parseWait(place, place.startsWith("@") ? "maxWait" : "max-wait", maxWait);
    }
}
