package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Web.Headers;
import io.github.ratelimited.autoconfigure.client.RestClientLimits;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;

/** How answers tell of limits. What does not change from answer to answer is written once for each limit. */
final class AnswerStyle {

    private record Policy(Limit limit, String name, String text) {

        static Policy of(String limitName, Limit limit) {
            String name = quoted(limitName);
            String text = name + ";q=" + limit.permits();
            return new Policy(
                    limit,
                    name,
                    limit.period().toNanosPart() == 0 // w is whole seconds, so other periods are left out
                            ? text + ";w=" + limit.period().toSeconds()
                            : text);
        }
    }

    private final Headers headers;
    private final Predicate<String> isOutbound;
    private final Map<String, Policy> policies = new ConcurrentHashMap<>();

    AnswerStyle(RateLimitProperties properties, ObjectProvider<RestClientLimits> clients) {
        this(properties.web().headers(), outbound(clients.getIfAvailable()));
    }

    /**
     * A style.
     *
     * @param isOutbound the limits that are no concern of the client's
     */
    AnswerStyle(Headers headers, Predicate<String> isOutbound) {
        this.headers = headers;
        this.isOutbound = isOutbound;
    }

    private static Predicate<String> outbound(@Nullable RestClientLimits clients) {
        return clients == null ? name -> false : clients::isOutbound;
    }

    /** Whether an answer tells of that part of a decision. */
    boolean tells(Decision part) {
        return headers != Headers.NONE && part.counted() && !part.shadow() && !isOutbound.test(part.limitName());
    }

    /** Tells of these, the first of which is the tightest. */
    void tell(List<Decision> parts, BiConsumer<String, String> answer) {
        if (headers == Headers.LEGACY) {
            legacy(parts.get(0), answer);
        } else {
            draft(parts, answer);
        }
    }

    private static void legacy(Decision tightest, BiConsumer<String, String> answer) {
        answer.accept("X-RateLimit-Limit", Long.toString(tightest.limit().burst()));
        answer.accept("X-RateLimit-Remaining", Long.toString(tightest.remaining()));
        answer.accept("X-RateLimit-Reset", Long.toString(wholeSeconds(tightest.resetAfter())));
    }

    private void draft(List<Decision> parts, BiConsumer<String, String> answer) {
        StringBuilder states = new StringBuilder(48);
        String policies = null;
        for (int i = 0; i < parts.size(); i++) {
            Decision part = parts.get(i);
            Policy policy = policy(part);
            policies = policies == null ? policy.text : policies + ", " + policy.text;
            if (i > 0) {
                states.append(", ");
            }
            states.append(policy.name).append(";r=").append(part.remaining());
            Duration more = part.allowed() ? part.resetAfter() : part.retryAfter();
            if (more != null && !more.isZero()) {
                states.append(";t=").append(wholeSeconds(more));
            }
        }
        answer.accept("RateLimit-Policy", String.valueOf(policies));
        answer.accept("RateLimit", states.toString());
    }

    private Policy policy(Decision part) {
        Policy known = policies.get(part.limitName());
        if (known == null || !known.limit.equals(part.limit())) {
            known = Policy.of(part.limitName(), part.limit());
            policies.put(part.limitName(), known);
        }
        return known;
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
