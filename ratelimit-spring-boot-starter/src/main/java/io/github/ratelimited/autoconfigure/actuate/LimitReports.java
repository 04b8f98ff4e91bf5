package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.CallCounts;
import io.github.ratelimited.store.CallCounts.Outcome;
import io.github.ratelimited.store.Penalty;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.StoreRateLimiterRegistry.Known;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.format.annotation.DurationFormat.Style;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/** How limits and keys stand, in words for an operator. */
final class LimitReports {

    private final StoreRateLimiterRegistry registry;
    private final CallCounts counts;

    LimitReports(StoreRateLimiterRegistry registry, CallCounts counts) {
        this.registry = registry;
        this.counts = counts;
    }

    /** All limits, by name. */
    record Limits(List<LimitReport> limits) {}

    /**
     * A limit.
     *
     * @param calls since the start, by what became of them
     * @param waiting callers that wait now
     * @param shutOut keys that are shut out now
     * @param remaining permits that calls without a key have left now
     * @param retryAfter when such a call would go on; left out if never
     */
    record LimitReport(
            String name,
            long permits,
            String per,
            long burst,
            String algorithm,
            String maxWait,
            String mode,
            @Nullable Double near,
            @Nullable Map<String, Object> penalty,
            String store,
            String declaredAt,
            Map<String, Long> calls,
            long waiting,
            @Nullable Long shutOut,
            long remaining,
            @Nullable String retryAfter) {}

    /**
     * The permits of a key, or those of all calls without one.
     *
     * @param allowed whether a call would go on now
     * @param reason why
     * @param retryAfter when it would; left out if never
     */
    record KeyReport(
            String name,
            boolean allowed,
            String reason,
            long permits,
            long remaining,
            @Nullable String retryAfter,
            String resetAfter) {}

    Limits all() {
        return new Limits(registry.names().stream().map(this::of).toList());
    }

    /**
     * One of them.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    LimitReport of(String name) {
        Known known = registry.describe(name);
        Limit limit = known.limiter().limit();
        Penalty penalty = known.policy().penalty();
        Decision peeked = known.limiter().peek();
        return new LimitReport(
                known.name().id(),
                limit.permits(),
                text(limit.period()),
                limit.burst(),
                text(limit.algorithm()),
                wait(known.limiter().maxWait()),
                text(known.policy().mode()),
                known.policy().near(),
                penalty == null ? null : describe(penalty),
                known.store(),
                known.place(),
                calls(known),
                registry.waiting(known.name()),
                penalty == null ? null : registry.shutOut(known.name()),
                peeked.remaining(),
                retryAfter(peeked));
    }

    private static @Nullable String retryAfter(Decision peeked) {
        Duration retryAfter = peeked.retryAfter();
        return retryAfter == null ? null : rounded(retryAfter);
    }

    /** Up, to what a person wants to know. */
    private static String rounded(Duration left) {
        ChronoUnit unit = left.compareTo(Duration.ofMinutes(1)) < 0 ? ChronoUnit.MILLIS : ChronoUnit.SECONDS;
        return text(left.plus(1, unit).minusNanos(1).truncatedTo(unit));
    }

    private static Map<String, Object> describe(Penalty penalty) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("after", penalty.after());
        described.put("within", text(penalty.within()));
        described.put("for", text(penalty.duration()));
        described.put("max", text(penalty.max()));
        return described;
    }

    private Map<String, Long> calls(Known known) {
        Map<String, Long> calls = new LinkedHashMap<>();
        for (Outcome outcome : Outcome.values()) {
            calls.put(text(outcome), counts.of(known.name()).of(outcome));
        }
        return calls;
    }

    /**
     * How a key stands; takes nothing.
     *
     * @param key {@code null} = of the permits that calls without a key share
     * @throws IllegalArgumentException if there is no limit of that name
     */
    KeyReport of(String name, @Nullable String key) {
        Known known = registry.describe(name);
        Decision peeked = (key == null ? known.limiter() : known.limiter().forKey(key)).peek();
        boolean denied = !peeked.allowed() || peeked.shadowDenied();
        return new KeyReport(
                known.name().id(),
                !denied,
                text(peeked.reason()),
                peeked.limit().permits(),
                peeked.remaining(),
                retryAfter(peeked),
                rounded(peeked.resetAfter()));
    }

    static String text(Duration duration) {
        return duration.isZero() ? "0s" : DurationFormatterUtils.print(duration, Style.COMPOSITE);
    }

    private static String wait(Duration maxWait) {
        return maxWait.toNanos() == Long.MAX_VALUE ? "forever" : text(maxWait);
    }

    static String text(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
