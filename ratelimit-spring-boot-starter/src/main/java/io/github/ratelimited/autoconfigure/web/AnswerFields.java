package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Web.Headers;
import io.github.ratelimited.store.DecisionListener;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The header fields by which one answer tells of the limits that were asked for it, the tightest first. A response is
 * written by one thread at a time: what another one brings is told when the next one takes over.
 */
final class AnswerFields implements DecisionListener {

    private static final Comparator<Decision> TIGHTEST = Comparator.comparing((Decision part) -> part.allowed())
            .thenComparingDouble(part -> 1.0 * part.remaining() / part.limit().permits())
            .thenComparing(Decision::resetAfter, Comparator.reverseOrder());

    private final Headers style;
    private final BiConsumer<String, String> answer;
    private final Map<String, Decision> parts = new LinkedHashMap<>();
    private @Nullable Thread writer;
    private boolean over;

    /**
     * Fields of an answer.
     *
     * @param answer sets a field, if that is still possible
     */
    AnswerFields(Headers style, BiConsumer<String, String> answer) {
        this.style = style;
        this.answer = answer;
    }

    @Override
    public synchronized void decided(Decision decision) {
        if (over || style == Headers.NONE) {
            return;
        }
        Map<String, Decision> latest = new LinkedHashMap<>();
        for (Decision part : decision.parts()) {
            if (part.reason() != Reason.STORE_UNAVAILABLE) { // nobody knows what is left
                latest.merge(part.limitName(), part, (a, b) -> TIGHTEST.compare(a, b) <= 0 ? a : b);
            }
        }
        parts.putAll(latest);
        if (Thread.currentThread().equals(writer)) {
            write();
        }
    }

    /** This thread writes the response from now on. */
    synchronized void takeOver() {
        writer = Thread.currentThread();
        write();
    }

    /** Nobody writes it until another thread takes over. */
    synchronized void letGo() {
        writer = null;
    }

    synchronized void write() {
        if (over || parts.isEmpty()) {
            return;
        }
        List<Decision> tightestFirst = new ArrayList<>(parts.values());
        if (tightestFirst.size() > 1) {
            tightestFirst.sort(TIGHTEST);
        }
        fields(style, tightestFirst).forEach(answer);
    }

    /** The answer has been given: from now on its response may be another request's. */
    synchronized void over() {
        over = true;
    }

    static Map<String, String> fields(Headers style, List<Decision> tightestFirst) {
        if (style == Headers.LEGACY) {
            Decision tightest = tightestFirst.get(0);
            return Map.of(
                    "X-RateLimit-Limit", Long.toString(tightest.limit().permits()),
                    "X-RateLimit-Remaining", Long.toString(tightest.remaining()),
                    "X-RateLimit-Reset", Long.toString(wholeSeconds(tightest.resetAfter())));
        }
        return Map.of(
                "RateLimit-Policy",
                tightestFirst.stream().map(AnswerFields::policy).collect(Collectors.joining(", ")),
                "RateLimit",
                tightestFirst.stream().map(AnswerFields::state).collect(Collectors.joining(", ")));
    }

    /** {@code w} is whole seconds, so other periods are left out. */
    private static String policy(Decision part) {
        Duration period = part.limit().period();
        String policy = quoted(part.limitName()) + ";q=" + part.limit().permits();
        return period.equals(Duration.ofSeconds(period.toSeconds())) ? policy + ";w=" + period.toSeconds() : policy;
    }

    private static String state(Decision part) {
        String state = quoted(part.limitName()) + ";r=" + part.remaining();
        Duration more = part.allowed() ? part.resetAfter() : part.retryAfter();
        return more == null || more.isZero() ? state : state + ";t=" + wholeSeconds(more);
    }

    /** Rounded up, since whoever comes back too early is denied again. */
    static long wholeSeconds(Duration duration) {
        return duration.plusNanos(999_999_999).toSeconds();
    }

    /** A string of a structured field (RFC 9651) is printable ASCII; what is not is percent-encoded. */
    static String quoted(String name) {
        StringBuilder quoted = new StringBuilder(name.length() + 2).append('"');
        name.codePoints().forEach(c -> {
            if (c >= 0x20 && c < 0x7F) {
                if (c == '"' || c == '\\') {
                    quoted.append('\\');
                }
                quoted.append((char) c);
            } else {
                for (byte each : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
                    quoted.append(String.format("%%%02X", each));
                }
            }
        });
        return quoted.append('"').toString();
    }
}
