package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Web.Headers;
import io.github.ratelimited.store.DecisionListener;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
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
    private final Predicate<String> isOutbound;
    private final BiConsumer<String, String> answer;
    private final List<Decision> parts = new ArrayList<>(2);
    private @Nullable Thread writer;
    private boolean over;

    /**
     * Fields of an answer.
     *
     * @param isOutbound the limits that are no concern of the client's
     * @param answer sets a field, if that is still possible
     */
    AnswerFields(Headers style, Predicate<String> isOutbound, BiConsumer<String, String> answer) {
        this.style = style;
        this.isOutbound = isOutbound;
        this.answer = answer;
    }

    @Override
    public synchronized void decided(Decision decision) {
        if (over || style == Headers.NONE) {
            return;
        }
        List<Decision> decided = decision.parts();
        for (int i = 0; i < decided.size(); i++) {
            Decision part = decided.get(i);
            if (part.reason() != Reason.STORE_UNAVAILABLE // nobody knows what is left
                    && !isOutbound.test(part.limitName())) {
                add(part, decided.subList(0, i));
            }
        }
        if (Thread.currentThread().equals(writer)) {
            write();
        }
    }

    /** In the place of what was known of its limit, unless that is of the same decision, for another key, and tighter. */
    private void add(Decision part, List<Decision> before) {
        for (int i = 0; i < parts.size(); i++) {
            Decision known = parts.get(i);
            if (known.limitName().equals(part.limitName())) {
                if (!before.contains(known) || TIGHTEST.compare(part, known) < 0) {
                    parts.set(i, part);
                }
                return;
            }
        }
        parts.add(part);
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
        if (parts.size() > 1) {
            parts.sort(TIGHTEST);
        }
        if (style == Headers.LEGACY) {
            legacy(parts.get(0));
        } else {
            draft();
        }
    }

    private void legacy(Decision tightest) {
        answer.accept("X-RateLimit-Limit", Long.toString(tightest.limit().permits()));
        answer.accept("X-RateLimit-Remaining", Long.toString(tightest.remaining()));
        answer.accept("X-RateLimit-Reset", Long.toString(wholeSeconds(tightest.resetAfter())));
    }

    private void draft() {
        StringBuilder policies = new StringBuilder(48);
        StringBuilder states = new StringBuilder(48);
        for (Decision part : parts) {
            if (policies.length() > 0) {
                policies.append(", ");
                states.append(", ");
            }
            String name = quoted(part.limitName());
            policies.append(name);
            states.append(name);
            tellPolicy(part.limit(), policies);
            tellState(part, states);
        }
        answer.accept("RateLimit-Policy", policies.toString());
        answer.accept("RateLimit", states.toString());
    }

    /** {@code w} is whole seconds, so other periods are left out. */
    private static void tellPolicy(Limit limit, StringBuilder policy) {
        policy.append(";q=").append(limit.permits());
        if (limit.period().toNanosPart() == 0) {
            policy.append(";w=").append(limit.period().toSeconds());
        }
    }

    private static void tellState(Decision part, StringBuilder state) {
        state.append(";r=").append(part.remaining());
        Duration more = part.allowed() ? part.resetAfter() : part.retryAfter();
        if (more != null && !more.isZero()) {
            state.append(";t=").append(wholeSeconds(more));
        }
    }

    /** The answer has been given: from now on its response may be another request's. */
    synchronized void over() {
        over = true;
    }

    /** Rounded up, since whoever comes back too early is denied again. */
    static long wholeSeconds(Duration duration) {
        return duration.toSeconds() + (duration.toNanosPart() == 0 ? 0 : 1);
    }

    /** A string of a structured field (RFC 9651) is printable ASCII; what is not is percent-encoded. */
    static String quoted(String name) {
        StringBuilder quoted = new StringBuilder(name.length() + 2).append('"');
        for (int i = 0; i < name.length(); ) {
            int c = name.codePointAt(i);
            i += Character.charCount(c);
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
        }
        return quoted.append('"').toString();
    }
}
