package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.test.MutableTimeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.ByteArrayResource;

/** {@code mode}, {@code near} and {@code penalty} in application.yml. */
class LimitPolicyPropertiesTest {

    private final MutableTimeSource time = new MutableTimeSource();

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
            .withBean(TimeSource.class, () -> time)
            .withPropertyValues(
                    "ratelimit.limits.a.permits=1",
                    "ratelimit.limits.a.per=1h",
                    "ratelimit.limits.a.plans.premium.permits=1",
                    "ratelimit.limits.b.permits=1",
                    "ratelimit.limits.b.per=1h");

    private static boolean denies(RateLimiterRegistry limits, String name) {
        RateLimiter limiter = limits.get(name);
        limiter.tryAcquire();
        return !limiter.tryAcquire();
    }

    @Test
    void aModeHoldsForItsLimitAndItsPlans() {
        application.withPropertyValues("ratelimit.limits.a.mode=shadow").run(context -> {
            RateLimiterRegistry limits = context.getBean(RateLimiterRegistry.class);
            assertThat(denies(limits, "a")).isFalse();
            assertThat(denies(limits, "a[premium]")).isFalse();
            assertThat(denies(limits, "b")).isTrue();
            assertThat(limits.get("a").tryAcquire(1, Duration.ZERO).shadowDenied())
                    .isTrue();
        });
    }

    @Test
    void aModeForAllHoldsWhereALimitSaysNothingElse() {
        application
                .withPropertyValues("ratelimit.defaults.mode=shadow", "ratelimit.limits.b.mode=enforce")
                .run(context -> {
                    RateLimiterRegistry limits = context.getBean(RateLimiterRegistry.class);
                    assertThat(denies(limits, "a")).isFalse();
                    assertThat(denies(limits, "b")).isTrue();
                });
        application.withPropertyValues("ratelimit.defaults.mode=off").run(context -> {
            Decision decision =
                    context.getBean(RateLimiterRegistry.class).get("a").tryAcquire(1, Duration.ZERO);
            assertThat(decision.reason()).isEqualTo(Reason.LIMIT_OFF);
        });
    }

    /** Of YAML {@code off} is no word but the value false. */
    @ParameterizedTest
    @ValueSource(strings = {"mode: off", "mode: 'off'", "mode: OFF"})
    void offIsWrittenInYamlAsEverybodyWouldWriteIt(String yaml) {
        ByteArrayResource file =
                new ByteArrayResource(("ratelimit.limits.a:\n  " + yaml).getBytes(StandardCharsets.UTF_8));
        application
                .withInitializer(context -> {
                    try {
                        new YamlPropertySourceLoader()
                                .load("file", file)
                                .forEach(context.getEnvironment().getPropertySources()::addLast);
                    } catch (IOException unreadable) {
                        throw new UncheckedIOException(unreadable);
                    }
                })
                .run(context -> assertThat(context.getBean(RateLimiterRegistry.class)
                                .get("a")
                                .peek()
                                .reason())
                        .isEqualTo(Reason.LIMIT_OFF));
    }

    @Test
    void aPenaltyShutsOutAndItsLongestTimeIsTenTimesTheFirst() {
        application
                .withPropertyValues(
                        "ratelimit.limits.a.penalty.after=2",
                        "ratelimit.limits.a.penalty.within=1m",
                        "ratelimit.limits.a.penalty.for=2h")
                .run(context -> {
                    RateLimiter eve =
                            context.getBean(RateLimiterRegistry.class).get("a").forKey("eve");
                    Duration expected = Duration.ofHours(2);
                    for (int i = 0; i < 6; i++) {
                        eve.tryAcquire();
                        assertThat(eve.tryAcquire(1, Duration.ZERO).reason()).isEqualTo(Reason.OVER_LIMIT);
                        assertThat(eve.tryAcquire(1, Duration.ZERO).reason()).isEqualTo(Reason.OVER_LIMIT);
                        assertThat(eve.tryAcquire(1, Duration.ZERO).retryAfter())
                                .isEqualTo(expected);
                        time.advance(expected);
                        expected = expected.multipliedBy(2);
                        expected = expected.toHours() > 20 ? Duration.ofHours(20) : expected;
                    }
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "near=lots          | ratelimit.limits.a: near = \"lots\" is no part of a limit; write for example 80%",
                "near=0%            | ratelimit.limits.a: near = \"0%\" is no part of a limit; write for example 80%",
                "near=1e-999999999  | ratelimit.limits.a: near = \"1e-999999999\" is no part of a limit; write for example 80%",
                "near=1e-2147483647% | ratelimit.limits.a: near = \"1e-2147483647%\" is no part of a limit; write for example"
                        + " 80%",
                "near=1e47483647%   | ratelimit.limits.a: near = \"1e47483647%\" is no part of a limit; write for example 80%",
                "near=101%          | ratelimit.limits.a: near = \"101%\" is no part of a limit; write for example 80%",
                "penalty.after=3    | ratelimit.limits.a.penalty: 'within' is missing; write for example"
                        + " { after: 10, within: 1m, for: 15m }",
                "penalty.after=0,penalty.within=1m,penalty.for=1m | ratelimit.limits.a.penalty: after = 0 is not between"
                        + " 1 and 10000; write for example { after: 10, within: 1m, for: 15m, max: 24h }",
                "penalty.after=1,penalty.within=1m,penalty.for=soon | ratelimit.limits.a.penalty: for = \"soon\" is not a"
                        + " duration; write for example \"500ms\", \"1s\", \"5m\", \"1h\", \"1d\" or \"1m30s\"",
                "penalty.after=1,penalty.within=1m,penalty.for=1h,penalty.max=1m | ratelimit.limits.a.penalty: max = PT1M"
                        + " is shorter than for = PT1H; write for example { after: 10, within: 1m, for: 15m, max: 24h }",
            })
    void whatCannotBeStopsTheStart(String properties, String message) {
        application
                .withPropertyValues(Arrays.stream(properties.split(",", -1))
                        .map(each -> "ratelimit.limits.a." + each)
                        .toArray(String[]::new))
                .run(context ->
                        assertThat(context.getStartupFailure()).rootCause().hasMessage(message));
    }
}
