package io.github.ratelimited.aop;

import io.github.ratelimited.InvalidRateLimitException;
import java.time.Duration;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/** Durations as users write them: {@code 500ms}, {@code 1m30s}, {@code PT1S}. */
public final class DurationText {

    private static final String FOREVER = "forever";

    private DurationText() {}

    /**
     * A duration.
     *
     * @throws InvalidRateLimitException if it is none, naming {@code place} and {@code attribute}
     */
    public static Duration parse(String place, String attribute, String text) {
        String fix = "write for example \"500ms\", \"1s\", \"5m\", \"1h\", \"1d\" or \"1m30s\"";
        String trimmed = text.trim();
        if (!trimmed.isEmpty() && Character.isDigit(trimmed.charAt(trimmed.length() - 1))) {
            throw new InvalidRateLimitException(place, attribute + " = \"" + text + "\" has no unit", fix);
        }
        try {
            return DurationFormatterUtils.detectAndParse(trimmed);
        } catch (IllegalArgumentException | ArithmeticException notOne) {
            throw new InvalidRateLimitException(place, attribute + " = \"" + text + "\" is not a duration", fix);
        }
    }

    /**
     * A longest wait in nanoseconds; {@code forever}, and all that is longer than 292 years, is {@code Long.MAX_VALUE}.
     *
     * @throws InvalidRateLimitException if it is none, or negative
     */
    public static long parseWait(String place, String attribute, String text) {
        if (text.trim().equalsIgnoreCase(FOREVER)) {
            return Long.MAX_VALUE;
        }
        Duration wait = parse(place, attribute, text);
        if (wait.isNegative()) {
            throw new InvalidRateLimitException(
                    place, attribute + " = \"" + text + "\" is negative", "write 0s to not wait at all");
        }
        try {
            return wait.toNanos();
        } catch (ArithmeticException longerThanALongHolds) {
            return Long.MAX_VALUE;
        }
    }
}
