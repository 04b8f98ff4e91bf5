package io.github.ratelimited.autoconfigure.web;

import static io.github.ratelimited.fuzz.Inputs.check;
import static io.github.ratelimited.fuzz.Inputs.text;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Rule;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.KeyText;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.NamedLimit;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.PathContainer;

/** A rule holds for the requests that it names, by the keys and the statuses that it names; or it is refused. */
public final class RouteRuleFuzz {

    private static final String PLACE = "ratelimit.web.rules[0]";
    private static final NamedLimit LIMIT = new NamedLimit(
            LimitName.of("login"),
            Limit.of(5, Duration.ofSeconds(1)),
            0,
            new MemoryLimiterStore(new MutableTimeSource(), 100),
            null);
    private static final List<String> METHODS = List.of("GET", "HEAD", "POST", "PROPFIND");
    private static final List<String> PATHS = List.of("/", "/login", "/users/7", "/api/v1/orders");

    private RouteRuleFuzz() {}

    /** A line is {@code paths: /login, /users/{id}} and the like. */
    public static void fuzzerTestOneInput(byte[] input) {
        Map<String, String> said = new HashMap<>();
        for (String line : text(input).split("\n", -1)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                said.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
        RouteRule rule = rule(said);
        if (rule == null) {
            return;
        }
        for (String method : METHODS) {
            boolean meant = !said.containsKey("methods") || names(said, "methods", method);
            PATHS.forEach(path -> checkRequest(rule, new Call(method, path), meant, said));
        }
        for (int status : new int[] {100, 199, 200, 204, 301, 400, 401, 404, 499, 500, 503, 599}) {
            boolean meant = !said.containsKey("count-when")
                    || list(said, "count-when").stream()
                            .map(each -> each.strip().toLowerCase(Locale.ROOT))
                            .anyMatch(each -> each.equals(status / 100 + "xx") || each.equals(String.valueOf(status)));
            check(rule.counts(status) == meant, said + " counts or not", status);
        }
    }

    private static boolean names(Map<String, String> said, String list, String method) {
        return list(said, list).stream()
                .map(each -> each.toUpperCase(Locale.ROOT))
                .anyMatch(each -> each.equals(method) || (each.equals("GET") && method.equals("HEAD")));
    }

    private static List<String> list(Map<String, String> said, String name) {
        String value = said.get(name);
        return value == null ? List.of() : List.of(value.split(", ", -1));
    }

    private static @Nullable RouteRule rule(Map<String, String> said) {
        try {
            return new RouteRule(
                    PLACE,
                    new Rule(
                            list(said, "paths"),
                            list(said, "methods"),
                            "login",
                            said.get("key"),
                            said.get("condition"),
                            null,
                            list(said, "count-when"),
                            list(said, "allow-keys"),
                            list(said, "deny-keys")),
                    name -> LIMIT);
        } catch (InvalidRateLimitException refused) {
            check(refused.getPlace().equals(PLACE) && !refused.getFix().isBlank(), "no place or fix in", refused);
            boolean named = !said.containsKey("paths")
                    || said.values().stream()
                            .flatMap(value -> List.of(value.split(", ", -1)).stream())
                            .anyMatch(value -> refused.getProblem().contains(value.strip()));
            check(named, "it refuses nothing of " + said, refused);
            return null;
        }
    }

    private static void checkRequest(RouteRule rule, Call call, boolean meant, Map<String, String> said) {
        try {
            boolean matches = rule.matches(RoutePath.of(PathContainer.parsePath(call.getPath()))) && rule.holds(call);
            check(meant || !matches, said + " holds for", call);
            boolean plain = !said.containsKey("condition")
                    && list(said, "paths").stream().allMatch(path -> path.matches("/[a-z0-9/]*"));
            check(!plain || matches == (meant && list(said, "paths").contains(call.getPath())), said + " and", call);
            checkClaim(rule, call, said);
        } catch (IllegalStateException failed) {
            check(String.valueOf(failed.getMessage()).contains(PLACE), "the failure names no place", failed);
        }
    }

    private static void checkClaim(RouteRule rule, Call call, Map<String, String> said) {
        String key = said.get("key");
        String text = key == null ? null : key.startsWith("header:") ? KeyText.of(call.header(key.substring(7))) : "?";
        boolean known = text != null && !text.equals("?");
        try {
            Claim claim = rule.claim(call, () -> null);
            check(!known || !list(said, "deny-keys").contains(text), said + " serves", text);
            check(!known || claim == null || text.equals(claim.key()), said + " counts by", claim);
            check(key != null || (claim != null && claim.key() == null), said + " counts by", claim);
        } catch (ForbiddenClientException denied) {
            check(said.containsKey("deny-keys"), "nobody is denied by", said);
        }
    }

    private record Call(String method, String path) implements WebCall {
        @Override
        public String getClientIp() {
            return "203.0.113.7";
        }

        @Override
        public String getPrincipal() {
            return "ann";
        }

        @Override
        public String getMethod() {
            return method;
        }

        @Override
        public String getPath() {
            return path;
        }

        @Override
        public String header(String name) {
            return name.strip().toLowerCase(Locale.ROOT);
        }

        @Override
        public String cookie(String name) {
            return "of " + name;
        }
    }
}
