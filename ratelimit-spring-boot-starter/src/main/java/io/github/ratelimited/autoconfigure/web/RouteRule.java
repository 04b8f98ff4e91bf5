package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Rule;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Rule.Order;
import io.github.ratelimited.autoconfigure.web.ClientAddresses.Client;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.KeyText;
import io.github.ratelimited.store.NamedLimit;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import org.springframework.web.util.pattern.PatternParseException;

/** A rule of {@code ratelimit.web.rules}, read and checked. */
final class RouteRule {

    private static final String PRINCIPAL = "principal";
    private static final String CLIENT_IP = "client-ip";
    private static final String HEADER = "header:";
    private static final String COOKIE = "cookie:";
    private static final String TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";

    private final List<PathPattern> paths;
    private final Set<String> methods;
    private final NamedLimit limit;
    private final @Nullable Function<WebCall, @Nullable Object> key;
    private final boolean byClient;
    private final @Nullable RouteExpression condition;
    private final Order order;
    private final Set<Integer> countWhen;
    private final Set<String> allowKeys;
    private final Set<String> denyKeys;

    /**
     * Reads a rule.
     *
     * @param limits a limit by its name, for the rule at that place
     * @throws InvalidRateLimitException if something in it cannot be meant
     */
    RouteRule(String place, Rule rule, Function<String, NamedLimit> limits) {
        if (rule.paths().isEmpty()) {
            throw new InvalidRateLimitException(place, "it has no paths", "write for example paths: /api/**");
        }
        if (rule.limit() == null || rule.limit().isBlank()) {
            throw new InvalidRateLimitException(place, "it has no limit", "name one of ratelimit.limits: limit: login");
        }
        paths = rule.paths().stream().map(path -> path(place, path)).toList();
        methods = rule.methods().stream()
                .map(method -> method(place, method))
                .flatMap(method ->
                        method.equals("GET") ? Stream.of("GET", "HEAD") : Stream.of(method)) // as controllers do
                .collect(Collectors.toSet());
        limit = limits.apply(rule.limit());
        condition = rule.condition() == null ? null : RouteExpression.parse(place, "condition", rule.condition());
        String keyText = rule.key() == null ? null : rule.key().strip();
        RouteExpression keyExpression =
                keyText == null || isOfField(keyText) ? null : RouteExpression.parse(place, "key", keyText);
        key = keyExpression != null
                ? call -> keyExpression.evaluate(call, Object.class)
                : keyText == null ? null : fieldKey(place, keyText);
        byClient = keyText != null
                && (CLIENT_IP.equals(keyText) || (keyExpression != null && keyText.contains("clientIp")));
        boolean asksWhoCalls = PRINCIPAL.equals(keyText)
                || (keyExpression != null && keyExpression.asksWhoCalls())
                || (condition != null && condition.asksWhoCalls());
        order = order(place, rule.order(), asksWhoCalls);
        countWhen = statuses(place, rule.countWhen());
        allowKeys = texts(rule.allowKeys());
        denyKeys = texts(rule.denyKeys());
    }

    private static PathPattern path(String place, String path) {
        try {
            return PathPatternParser.defaultInstance.parse(path.startsWith("/") ? path : "/" + path);
        } catch (PatternParseException | PatternSyntaxException invalid) {
            throw new InvalidRateLimitException(
                    place,
                    "'" + path + "' is not a path pattern (" + invalid.getMessage() + ")",
                    "write for example /login, /users/{id} or /api/**");
        }
    }

    private static String method(String place, String method) {
        if (!method.matches(TOKEN)) {
            throw new InvalidRateLimitException(
                    place, "'" + method + "' is not a method of HTTP", "write for example methods: GET, POST");
        }
        return method.toUpperCase(Locale.ROOT);
    }

    private static boolean isOfField(String key) {
        return key.equals(CLIENT_IP) || key.equals(PRINCIPAL) || key.startsWith(HEADER) || key.startsWith(COOKIE);
    }

    private static Function<WebCall, @Nullable Object> fieldKey(String place, String key) {
        if (key.equals(CLIENT_IP)) {
            return WebCall::getClientIp;
        }
        if (key.equals(PRINCIPAL)) {
            return WebCall::getPrincipal;
        }
        if (key.startsWith(HEADER)) {
            String name = name(place, key, HEADER);
            return call -> call.header(name);
        }
        String name = name(place, key, COOKIE);
        return call -> call.cookie(name);
    }

    private static Order order(String place, @Nullable Order said, boolean asksWhoCalls) {
        if (said == Order.BEFORE_SECURITY && asksWhoCalls) {
            throw new InvalidRateLimitException(
                    place,
                    "order = before-security, but it asks for the principal, whom nobody knows before",
                    "write order: after-security, or leave it out");
        }
        return said != null ? said : asksWhoCalls ? Order.AFTER_SECURITY : Order.BEFORE_SECURITY;
    }

    private static String name(String place, String key, String kind) {
        String name = key.substring(kind.length()).strip();
        if (!name.matches(TOKEN)) {
            throw new InvalidRateLimitException(
                    place, "key = '" + key + "' names none", "write for example " + kind + "X-Api-Key");
        }
        return name;
    }

    private static Set<Integer> statuses(String place, List<String> countWhen) {
        Set<Integer> statuses = new HashSet<>();
        for (String text : countWhen) {
            String status = text.strip().toLowerCase(Locale.ROOT);
            if (status.matches("[1-5]xx")) {
                int first = (status.charAt(0) - '0') * 100;
                IntStream.range(first, first + 100).forEach(statuses::add);
            } else if (status.matches("[1-5]\\d\\d")) {
                statuses.add(Integer.valueOf(status));
            } else {
                throw new InvalidRateLimitException(
                        place, "count-when = '" + text + "' is no status", "write for example 401 or 4xx");
            }
        }
        return statuses;
    }

    private static Set<String> texts(List<String> keys) {
        return keys.stream().map(KeyText::of).collect(Collectors.toSet());
    }

    Order order() {
        return order;
    }

    boolean matches(RoutePath path) {
        return paths.stream().anyMatch(path::matches);
    }

    /** Whether it holds for a request, whose path matches. */
    boolean holds(WebCall call) {
        return (methods.isEmpty() || methods.contains(call.getMethod()))
                && (condition == null || Boolean.TRUE.equals(condition.evaluate(call, Boolean.class)));
    }

    /** What a request takes; {@code null} if its key is not limited. */
    @Nullable
    Claim claim(WebCall call, Supplier<@Nullable Client> client) {
        if (key == null) {
            return limit.claim(null, 1, limit.maxWaitNanos());
        }
        String text = KeyText.of(key.apply(call));
        if (denyKeys.contains(text) || (byClient && !denyKeys.isEmpty() && isDeniedByClaim(client.get()))) {
            throw new ForbiddenClientException();
        }
        return allowKeys.contains(text) && !(byClient && isStandIn(client.get()))
                ? null
                : limit.claim(text, 1, limit.maxWaitNanos());
    }

    /** Who says that he is somebody else as well does not get away with that. */
    private boolean isDeniedByClaim(@Nullable Client client) {
        return client != null && client.claimedKeys().stream().anyMatch(denyKeys::contains);
    }

    private static boolean isStandIn(@Nullable Client client) {
        return client != null && client.isStandIn();
    }

    /** Whether only some answers cost a permit. */
    boolean countsSome() {
        return !countWhen.isEmpty();
    }

    boolean counts(int status) {
        return countWhen.isEmpty() || countWhen.contains(status);
    }
}
