package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Limit;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Rule;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.NamedLimit;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RulesByPathTest {

    private static final NamedLimit LIMIT = new NamedLimit(
            LimitName.of("any"),
            Limit.of(5, Duration.ofSeconds(1)),
            0,
            new MemoryLimiterStore(new MutableTimeSource(), 100));

    private final RouteRule api = rule("/api/**");
    private final RouteRule user = rule("/api/users/{id}", "/users/*");
    private final List<RouteRule> all = List.of(api, user, rule("/"), rule("/{*any}"));
    private final RulesByPath rules = new RulesByPath(all);

    private static RouteRule rule(String... paths) {
        return new RouteRule(
                "here",
                new Rule(List.of(paths), List.of(), "any", null, null, null, List.of(), List.of(), List.of()),
                name -> LIMIT);
    }

    @Test
    void severalRulesMatchInTheirOrder() {
        assertThat(rules.matching("/api/users/7", "")).containsExactly(api, user, all.get(3));
    }

    /** Of more paths than can be remembered. */
    @Test
    void whatIsRememberedIsWhatWouldBeFound() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> beginnings = List.of("/", "/api/", "/api/users/", "/users/", "/./api/", "//users/");
        for (int i = 0; i < 20_000; i++) {
            String path = beginnings.get(random.nextInt(beginnings.size())) + random.nextInt(1000);
            assertThat(rules.matching(path, ""))
                    .as("%s, seed %d", path, seed)
                    .isEqualTo(new RulesByPath(all).matching(path, ""));
        }
    }

    @Test
    void pathsOfOneHashAreToldApart() {
        assertThat("/api/Aa").hasSameHashCodeAs("/api/BB");
        RulesByPath only = new RulesByPath(List.of(rule("/api/Aa")));

        for (int i = 0; i < 3; i++) {
            assertThat(only.matching("/api/Aa", "")).hasSize(1);
            assertThat(only.matching("/api/BB", "")).isEmpty();
        }
    }

    /** A proxy may say it for each request. */
    @Test
    void oneOfAnotherContextIsAnotherPath() {
        for (int i = 0; i < 3; i++) {
            assertThat(rules.matching("/api/users/7", "")).contains(user);
            assertThat(rules.matching("/api/users/7", "/api")).contains(user).doesNotContain(api);
            assertThat(rules.matching("/api/users/7", "/api/users")).doesNotContain(user, api);
        }
    }

    @Test
    void aPathTooLongToBeRememberedIsFound() {
        String path = "/api/" + "x".repeat(10_000);

        assertThat(rules.matching(path, "")).contains(api);
        assertThat(rules.matching(path, "")).contains(api);
    }
}
