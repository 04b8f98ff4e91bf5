package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** {@code ratelimit.limits.<name>.plans}. */
class PlanPropertiesTest {

    public static class Api {

        @RateLimited(name = "api", plan = "#plan", key = "#user")
        public void get(String user, String plan) {}
    }

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
            .withBean(TimeSource.class, MutableTimeSource::new)
            .withBean(Api.class)
            .withPropertyValues("ratelimit.limits.api.permits=2", "ratelimit.limits.api.per=1m");

    private static int allowed(Api api, String user, String plan) {
        int allowed = 0;
        for (int i = 0; i < 20; i++) {
            try {
                api.get(user, plan);
                allowed++;
            } catch (RateLimitExceededException denied) {
                assertThat(denied.getLimitName()).isEqualTo("api");
            }
        }
        return allowed;
    }

    @Test
    void give_the_callers_of_a_plan_other_numbers() {
        application
                .withPropertyValues(
                        "ratelimit.limits.api.plans.premium.permits=5",
                        "ratelimit.limits.api.plans.trial.permits=1",
                        "ratelimit.limits.api.plans.[Gold-Plus].permits=9")
                .run(context -> {
                    Api api = context.getBean(Api.class);
                    assertThat(allowed(api, "ann", "premium")).isEqualTo(5);
                    assertThat(allowed(api, "bob", "premium")).isEqualTo(5);
                    assertThat(allowed(api, "cid", "trial")).isEqualTo(1);
                    assertThat(allowed(api, "dan", "Gold-Plus")).isEqualTo(9);
                    assertThat(allowed(api, "eve", "unknown")).isEqualTo(2);
                    assertThat(allowed(api, "fay", null)).isEqualTo(2);
                });
    }

    @Test
    void leave_the_limit_what_they_do_not_say() {
        application
                .withPropertyValues(
                        "ratelimit.limits.api.algorithm=fixed-window",
                        "ratelimit.limits.api.plans.hourly.per=1h",
                        "ratelimit.limits.api.plans.premium.permits=5")
                .run(context -> {
                    RateLimiterRegistry registry = context.getBean(RateLimiterRegistry.class);
                    assertThat(registry.get("api[hourly]").limit())
                            .isEqualTo(Limit.of(2, Duration.ofHours(1)).withAlgorithm(Algorithm.FIXED_WINDOW));
                    assertThat(registry.get("api[premium]").limit())
                            .isEqualTo(Limit.of(5, Duration.ofMinutes(1)).withAlgorithm(Algorithm.FIXED_WINDOW));
                });
    }

    @Test
    void may_give_a_burst() {
        application
                .withPropertyValues("ratelimit.limits.api.plans.premium.burst=7")
                .run(context -> assertThat(allowed(context.getBean(Api.class), "ann", "premium"))
                        .isEqualTo(7));
    }

    @Test
    void stop_the_start_when_they_have_an_unknown_property() {
        application
                .withPropertyValues("ratelimit.limits.api.plans.premium.permit=5")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageContaining("ratelimit.limits.api.plans.premium.permit"));
    }

    @Test
    void stop_the_start_when_a_number_is_wrong() {
        application
                .withPropertyValues("ratelimit.limits.api.plans.premium.permits=-5")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessage("ratelimit.limits.api.plans.premium: permits = -5 is not between 1 and "
                                + "1000000000000; write for example permits = 5, per = \"1s\""));
        application
                .withPropertyValues("ratelimit.limits.api.plans.premium.per=1x")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageStartingWith(
                                "ratelimit.limits.api.plans.premium: per = \"1x\" is not a duration; "));
    }

    /** Its permits are the annotation's, which does not ask for a plan. */
    public static class Planless {

        @RateLimited(name = "planless", permits = 5)
        public void get() {}
    }

    @ParameterizedTest
    @CsvSource({
        "permits=-1, permits = -1 is not between 1 and 1000000000000",
        "burst=-1, burst = -1 is not between 1 and 1000000000000",
        "per=1x, per = \"1x\" is not a duration"
    })
    void stop_the_start_when_they_are_wrong_though_nobody_picks_them(String property, String problem) {
        application
                .withBean(Planless.class)
                .withPropertyValues(
                        "ratelimit.limits.api.plans.gold.permits=9", "ratelimit.limits.planless.plans.gold." + property)
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageStartingWith("ratelimit.limits.planless.plans.gold: " + problem));
    }

    @ParameterizedTest
    @ValueSource(strings = {"planless.max-wait=1s", "planless.permits=7"})
    @ExtendWith(OutputCaptureExtension.class)
    void are_warned_of_when_nobody_picks_them(String property, CapturedOutput output) {
        application
                .withBean(Planless.class)
                .withPropertyValues(
                        "ratelimit.limits.api.plans.gold.permits=9",
                        "ratelimit.limits." + property,
                        "ratelimit.limits.planless.plans.gold.permits=9")
                .run(context -> assertThat(output)
                        .contains("that nobody picks: [planless.plans.gold].")
                        .doesNotContain("no annotated method uses"));
    }

    @Test
    void stop_the_start_when_they_are_missing() {
        application.run(context -> assertThat(context.getStartupFailure())
                .rootCause()
                .hasMessage("@RateLimited on " + Api.class.getName() + "#get: plan = \"#plan\", but there are no plans;"
                        + " declare them under ratelimit.limits.api.plans, or add a LimitResolver bean"));
    }
}
