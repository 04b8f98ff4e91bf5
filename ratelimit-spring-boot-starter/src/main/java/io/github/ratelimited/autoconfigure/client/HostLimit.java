package io.github.ratelimited.autoconfigure.client;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.Holds;
import io.github.ratelimited.store.KeyText;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.StoreRateLimiter;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;

/**
 * A limit with permits for each host, which is held back as long as a host has said: a 429 or 503 with
 * {@code Retry-After} holds for all requests of this instance to that host.
 */
final class HostLimit {

    /** A host that wants no requests for longer is asked again after so long. */
    private static final Duration LONGEST = Duration.ofDays(1);

    private final LimitName name;
    private final StoreRateLimiter limiter;
    private final @Nullable Holds holds;
    private final TimeSource time;

    /**
     * A limit of hosts.
     *
     * @param holds hold back hosts that have said so; {@code null} = whatever they say
     */
    HostLimit(LimitName name, StoreRateLimiter limiter, @Nullable Holds holds, TimeSource time) {
        this.name = name;
        this.limiter = limiter;
        this.holds = holds;
        this.time = time;
    }

    /** With its port, unless that is the usual one of its scheme; however the host is written. */
    static String hostOf(URI uri) {
        String authority = String.valueOf(uri.getRawAuthority()).toLowerCase(Locale.ROOT);
        String host = authority.substring(authority.indexOf('@') + 1);
        int colon = host.lastIndexOf(':');
        String port = colon > host.lastIndexOf(']') ? withoutZeros(host.substring(colon + 1)) : "";
        String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
        if (name.endsWith(".")) { // of a name that is not to be completed
            name = name.substring(0, name.length() - 1);
        }
        String usual = "https".equalsIgnoreCase(uri.getScheme()) ? "443" : "80";
        return port.isEmpty() || port.equals(usual) ? name : name + ":" + port;
    }

    StoreRateLimiter of(String host) {
        return limiter.forKey(host);
    }

    TimeSource time() {
        return time;
    }

    /**
     * Waits for a turn, however long the limit lets its calls wait.
     *
     * @throws OutboundLimitExceededException if it does not come in time
     * @throws InterruptedException if interrupted before
     */
    void acquire(String host) throws InterruptedException {
        StoreRateLimiter ofHost = limiter.forKey(host);
        long begin = time.nanoTime();
        while (true) {
            awaitFree(host, begin);
            Decision decision = acquired(ofHost, Duration.ofNanos(rest(begin)));
            if (heldNanos(host) == 0) {
                return;
            }
            ofHost.refund(decision); // held back while it waited for its turn
            ofHost = ofHost.again();
        }
    }

    private void awaitFree(String host, long begin) throws InterruptedException {
        if (nanosToWait(host, begin) == 0) {
            return;
        }
        Thread thread = Thread.currentThread();
        Runnable wake = () -> LockSupport.unpark(thread);
        join(wake);
        try {
            for (long wait = nanosToWait(host, begin); wait > 0; wait = nanosToWait(host, begin)) {
                time.parkUntil(this, time.nanoTime() + wait);
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted while " + host + " is held back");
                }
            }
        } finally {
            leave(wake);
        }
    }

    private static Decision acquired(RateLimiter ofHost, Duration maxWait) throws InterruptedException {
        try {
            return ofHost.acquire(1, maxWait);
        } catch (RateLimitExceededException denial) {
            throw OutboundLimitExceededException.of(denial);
        }
    }

    /** How long a request that came at {@code begin} waits before it asks; who may not wait so long is denied. */
    long nanosToWait(String host, long begin) {
        long held = heldNanos(host);
        return held <= rest(begin) ? held : 0;
    }

    /** How much longer a request that came at {@code begin} waits. */
    long rest(long begin) {
        try {
            return Math.max(0, limiter.maxWait().toNanos() - (time.nanoTime() - begin));
        } catch (ArithmeticException forEver) {
            return Long.MAX_VALUE;
        }
    }

    /** How much longer the host is held back; 0 = it is not. */
    long heldNanos(String host) {
        return holds == null ? 0 : holds.leftToWait(name, KeyText.of(host));
    }

    /** Wakes who waits for a host when that may be free before its time. */
    void join(Runnable wake) {
        if (holds != null) {
            holds.join(wake);
        }
    }

    void leave(Runnable wake) {
        if (holds != null) {
            holds.leave(wake);
        }
    }

    /** Takes note of what a host has answered. */
    void answered(String host, HttpStatusCode status, HttpHeaders headers) {
        if (holds == null || (status.value() != 429 && status.value() != 503)) {
            return;
        }
        Duration retryAfter = retryAfter(headers.getFirst(HttpHeaders.RETRY_AFTER), headers.getFirst(HttpHeaders.DATE));
        if (retryAfter == null || retryAfter.isNegative() || retryAfter.isZero()) {
            return;
        }
        long held = (retryAfter.compareTo(LONGEST) > 0 ? LONGEST : retryAfter).toNanos();
        holds.hold(name, KeyText.of(host), held);
    }

    /** Seconds, or a date: how far that is away is asked of the clock that has said it, where it tells. */
    private @Nullable Duration retryAfter(@Nullable String field, @Nullable String date) {
        if (field == null) {
            return null;
        }
        String text = field.strip();
        if (text.matches("\\d+")) {
            String seconds = withoutZeros(text);
            return seconds.length() > 18 ? LONGEST : Duration.ofSeconds(Long.parseLong(seconds));
        }
        Instant at = instant(text);
        if (at == null) {
            return null;
        }
        Instant now = date == null ? null : instant(date.strip());
        return Duration.between(now == null ? Instant.EPOCH.plusNanos(time.epochNanos()) : now, at);
    }

    /** In front of a number. */
    private static String withoutZeros(String number) {
        return number.replaceFirst("^0+(?=\\d)", "");
    }

    private static @Nullable Instant instant(String text) {
        try {
            return ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
        } catch (DateTimeParseException noDate) {
            return null;
        }
    }
}
