package io.github.ratelimited.autoconfigure.client;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.TimeSource;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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

    /** Hosts that are held back at a time; beyond that those that are free first are forgotten. */
    static final int MOST = 10_000;

    private final RateLimiter limiter;
    private final boolean obeysRetryAfter;
    private final TimeSource time;

    /** Until when a host is held back, by the clock of {@link #time}. */
    private final Map<String, Long> heldUntil = new ConcurrentHashMap<>();

    HostLimit(RateLimiter limiter, boolean obeysRetryAfter, TimeSource time) {
        this.limiter = limiter;
        this.obeysRetryAfter = obeysRetryAfter;
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

    RateLimiter of(String host) {
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
        RateLimiter ofHost = limiter.forKey(host);
        long begin = time.nanoTime();
        while (true) {
            for (long held = heldNanos(host); held > 0; held = heldNanos(host)) {
                checkWaits(ofHost, begin, held);
                time.parkUntil(this, time.nanoTime() + held);
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted while " + host + " is held back");
                }
            }
            Decision decision = acquired(ofHost, Duration.ofNanos(rest(ofHost, begin)));
            if (heldNanos(host) == 0) {
                return;
            }
            ofHost.refund(decision); // held back while it waited for its turn
        }
    }

    private static Decision acquired(RateLimiter ofHost, Duration maxWait) throws InterruptedException {
        try {
            return ofHost.acquire(1, maxWait);
        } catch (RateLimitExceededException denial) {
            throw OutboundLimitExceededException.of(denial);
        }
    }

    void checkWaits(RateLimiter ofHost, long begin, long held) {
        if (held > rest(ofHost, begin)) {
            throw new OutboundLimitExceededException(
                    Decision.overLimit(limiter.name(), limiter.limit(), 1, 0, held, held));
        }
    }

    /** How much longer a request that came at {@code begin} waits. */
    long rest(RateLimiter ofHost, long begin) {
        try {
            return Math.max(0, ofHost.maxWait().toNanos() - (time.nanoTime() - begin));
        } catch (ArithmeticException forEver) {
            return Long.MAX_VALUE;
        }
    }

    /** How much longer the host is held back; 0 = it is not. */
    long heldNanos(String host) {
        Long until = heldUntil.get(host);
        if (until == null) {
            return 0;
        }
        long held = until - time.nanoTime();
        if (held <= 0) {
            heldUntil.remove(host, until);
        }
        return Math.max(0, held);
    }

    /** Takes note of what a host has answered. */
    void answered(String host, HttpStatusCode status, HttpHeaders headers) {
        if (!obeysRetryAfter || (status.value() != 429 && status.value() != 503)) {
            return;
        }
        Duration retryAfter = retryAfter(headers.getFirst(HttpHeaders.RETRY_AFTER), headers.getFirst(HttpHeaders.DATE));
        if (retryAfter == null || retryAfter.isNegative() || retryAfter.isZero()) {
            return;
        }
        long held = (retryAfter.compareTo(LONGEST) > 0 ? LONGEST : retryAfter).toNanos();
        long until = time.nanoTime() + held;
        if (heldUntil.size() >= MOST) {
            heldUntil.keySet().forEach(this::heldNanos);
            if (heldUntil.size() >= MOST) {
                heldUntil.entrySet().stream()
                        .min((a, b) -> Long.signum(a.getValue() - b.getValue()))
                        .ifPresent(first -> heldUntil.remove(first.getKey(), first.getValue()));
            }
        }
        heldUntil.merge(host, until, (known, other) -> known - other > 0 ? known : other);
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
