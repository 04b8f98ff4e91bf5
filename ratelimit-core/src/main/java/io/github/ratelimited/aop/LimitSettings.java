package io.github.ratelimited.aop;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What one place says of a limit; what it leaves open is {@code null} or 0. {@code per} and {@code maxWait} are text, to
 * be read in one way wherever they stand.
 *
 * @param place where this is said, for messages
 */
public record LimitSettings(
        String place,
        long permits,
        @Nullable String per,
        long burst,
        @Nullable Algorithm algorithm,
        @Nullable String key,
        @Nullable String maxWait) {

    /** These settings, and those of {@code other} where they leave something open. */
    public LimitSettings over(LimitSettings other) {
        return new LimitSettings(
                place,
                permits != 0 ? permits : other.permits,
                per != null ? per : other.per,
                burst != 0 ? burst : other.burst,
                algorithm != null ? algorithm : other.algorithm,
                key != null ? key : other.key,
                maxWait != null ? maxWait : other.maxWait);
    }

    /**
     * The numbers as a limit.
     *
     * @throws InvalidRateLimitException if they are none
     */
    public Limit toLimit() {
        Duration period = per == null ? Duration.ofSeconds(1) : DurationText.parse(place, "per", per);
        try {
            return new Limit(
                    permits,
                    period,
                    burst == 0 ? permits : burst,
                    algorithm == null ? Algorithm.TOKEN_BUCKET : algorithm);
        } catch (IllegalArgumentException invalid) {
            throw new InvalidRateLimitException(
                    place, String.valueOf(invalid.getMessage()), "write for example permits = 5, per = \"1s\"");
        }
    }

    /**
     * The longest wait in nanoseconds, {@code Long.MAX_VALUE} = for ever.
     *
     * @throws InvalidRateLimitException if it is no duration
     */
    public long maxWaitNanos(long otherwise) {
        return maxWait == null || maxWait.isBlank() ? otherwise : DurationText.parseWait(place, "maxWait", maxWait);
    }
}
