package io.github.ratelimited;

import java.time.Duration;

/** Durations as the messages of this library write them: {@code 1m30s}, {@code 500ms}, {@code 2.4s}. */
final class Durations {

    private static final long SECOND = 1_000_000_000L;

    private Durations() {}

    /** Exact, in the units that a limit is written in. */
    static String exact(Duration duration) {
        if (duration.toSeconds() == Long.MIN_VALUE) {
            return duration.toString(); // the one without a positive counterpart
        }
        if (duration.isNegative()) {
            return "-" + exact(duration.negated());
        }
        StringBuilder text = new StringBuilder();
        append(text, duration.toDays(), "d");
        append(text, duration.toHoursPart(), "h");
        append(text, duration.toMinutesPart(), "m");
        append(text, duration.toSecondsPart(), "s");
        int nanos = duration.toNanosPart();
        append(text, nanos / 1_000_000, "ms");
        append(text, nanos / 1_000 % 1_000, "us");
        append(text, nanos % 1_000, "ns");
        return text.isEmpty() ? "0s" : text.toString();
    }

    /** Rounded up to what a person wants to know: tenths of a second below a minute, whole seconds above. */
    static String rounded(Duration duration) {
        if (duration.compareTo(Duration.ofMinutes(1)) >= 0) {
            return exact(
                    Duration.ofSeconds(duration.toNanosPart() == 0 ? duration.toSeconds() : duration.toSeconds() + 1));
        }
        long nanos = duration.toNanos();
        if (nanos < SECOND) {
            return exact(nanos < 1_000_000 ? duration : Duration.ofMillis(ceilDiv(nanos, 1_000_000)));
        }
        long tenths = ceilDiv(nanos, SECOND / 10);
        return tenths % 10 == 0 ? exact(Duration.ofSeconds(tenths / 10)) : tenths / 10 + "." + tenths % 10 + "s";
    }

    private static void append(StringBuilder text, long amount, String unit) {
        if (amount != 0) {
            text.append(amount).append(unit);
        }
    }

    private static long ceilDiv(long dividend, long divisor) {
        return -Math.floorDiv(-dividend, divisor);
    }
}
