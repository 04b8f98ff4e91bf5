package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitMode;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.aop.DurationText;
import io.github.ratelimited.store.LimitChange;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.StoreRateLimiterRegistry.Known;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/** What an operator can do to limits and keys; told in the log, but for the keys. */
final class LimitOperations {

    private static final Log log = LogFactory.getLog(LimitOperations.class);

    private final StoreRateLimiterRegistry registry;

    LimitOperations(StoreRateLimiterRegistry registry) {
        this.registry = registry;
    }

    /**
     * What is to be different about a limit; {@code null} = nothing.
     *
     * @param key whose permits are given back; {@code null} = those that calls without a key share
     * @param refund how many
     */
    record Wish(
            @Nullable Long permits,
            @Nullable String per,
            @Nullable Long burst,
            @Nullable String mode,
            @Nullable String maxWait,
            @Nullable String key,
            @Nullable Long refund) {

        boolean changes() {
            return permits != null || per != null || burst != null || mode != null || maxWait != null;
        }
    }

    /**
     * Changes a limit, or gives permits of a key back: all that is wished, or nothing if it cannot be.
     *
     * @param by who wishes it, for the log
     * @throws IllegalArgumentException if it cannot be, telling why
     */
    void apply(String name, Wish wish, @Nullable String by) {
        Known known = registry.describe(name);
        if (wish.refund == null && wish.key != null) {
            throw new IllegalArgumentException("'key' says whose permits to give back; add 'refund', or leave it out");
        }
        if (wish.refund != null && wish.refund < 1) {
            throw new IllegalArgumentException("refund = " + wish.refund + " is not positive");
        }
        if (wish.refund != null && wish.changes()) {
            throw new IllegalArgumentException(
                    "'refund' gives permits back and all else changes the limit; ask for one at a time");
        }
        if (wish.refund != null) {
            ofKey(known, wish.key).giveBack(wish.refund);
            log.info("Permits given back under rate limit '" + known.name().id() + "': " + wish.refund + said(by));
        } else if (wish.changes()) {
            change(known, wish, by);
        } else {
            throw new IllegalArgumentException("there is nothing to do; say at least one of 'permits', 'per', 'burst',"
                    + " 'mode', 'maxWait', or 'refund' and whose 'key'");
        }
    }

    private void change(Known known, Wish wish, @Nullable String by) {
        Duration period = wish.per == null ? null : period(wish.per);
        LimitMode mode = wish.mode == null ? null : mode(wish.mode);
        Long maxWait = wish.maxWait == null ? null : DurationText.parseWait(known.place(), "maxWait", wish.maxWait);
        Limit before = known.limiter().limit();
        Limit after = registry.change(
                known.name().id(),
                new LimitChange(
                        limit -> changed(limit, wish, period),
                        maxWait,
                        policy -> mode == null ? policy : policy.withMode(mode)));
        log.info("Rate limit '" + known.name().id() + "' was changed" + said(by) + ": "
                + (before.equals(after) ? after.toString() : before + " -> " + after)
                + (mode == null ? "" : ", mode " + LimitReports.text(mode))
                + (maxWait == null ? "" : ", max-wait " + wish.maxWait));
    }

    private static Limit changed(Limit limit, Wish wish, @Nullable Duration period) {
        long permits = wish.permits == null ? limit.permits() : wish.permits;
        boolean follows = limit.burst() == limit.permits() || limit.algorithm() != Algorithm.TOKEN_BUCKET;
        long burst = wish.burst != null ? wish.burst : follows ? permits : limit.burst();
        return new Limit(permits, period == null ? limit.period() : period, burst, limit.algorithm());
    }

    private static Duration period(String per) {
        try {
            return DurationText.parse("", "per", per);
        } catch (InvalidRateLimitException invalid) {
            throw new IllegalArgumentException(
                    "per = \"" + per + "\" is not a duration; write for example 1s, 5m or 1h");
        }
    }

    private static LimitMode mode(String mode) {
        return Arrays.stream(LimitMode.values())
                .filter(each -> each.name().equals(mode.strip().toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("mode = \"" + mode + "\" is none; write enforce, shadow or off"));
    }

    /**
     * Forgets what was taken from a key, and shuts it out no longer.
     *
     * @param key {@code null} = from the permits that calls without a key share
     */
    void reset(String name, @Nullable String key, @Nullable String by) {
        Known known = registry.describe(name);
        ofKey(known, key).reset();
        log.info((key == null ? "Rate limit '" : "A key of rate limit '")
                + known.name().id() + "' was reset" + said(by));
    }

    private static RateLimiter ofKey(Known known, @Nullable String key) {
        return key == null ? known.limiter() : known.limiter().forKey(key);
    }

    private static String said(@Nullable String by) {
        return by == null ? "" : " by '" + by + "'";
    }
}
