package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.test.MutableTimeSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.aop.support.AopUtils;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Limits for code that nobody can annotate, and what is done about code that no proxy can reach. */
class PointcutLimitTest {

    private static final String OF_CLIENT =
            "ratelimit.limits.legacy.pointcut=execution(* " + LegacyClient.class.getName() + ".call*(..))";

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
            .withBean(TimeSource.class, MutableTimeSource::new);

    public static class LegacyClient {

        public void call(String user) {}

        public void callAgain(String user) {}

        public void free() {}
    }

    public static class Bystander {

        public void call(String user) {}
    }

    public static class Annotated {

        @RateLimited(permits = 1, per = "1d")
        public void call(String user) {}
    }

    public static class Unreachable {

        @RateLimited(permits = 1)
        public final void last() {}
    }

    private static void assertAllows(int calls, Runnable call) {
        for (int i = 0; i < calls; i++) {
            call.run();
        }
        assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(call::run);
    }

    @Test
    void the_methods_that_match_share_the_limit() {
        application
                .withBean(LegacyClient.class)
                .withBean(Bystander.class)
                .withPropertyValues(OF_CLIENT, "ratelimit.limits.legacy.permits=3")
                .run(context -> {
                    LegacyClient client = context.getBean(LegacyClient.class);
                    client.callAgain("ann");
                    assertAllows(2, () -> client.call("ann"));
                    client.free();
                    assertThat(context.getBean(RateLimiterRegistry.class)
                                    .get("legacy")
                                    .tryAcquire())
                            .isFalse();
                    assertThat(AopUtils.isAopProxy(context.getBean(Bystander.class)))
                            .isFalse();
                });
    }

    @Test
    void a_key_gives_each_value_permits_of_its_own() {
        application
                .withBean(LegacyClient.class)
                .withPropertyValues(OF_CLIENT, "ratelimit.limits.legacy.permits=1", "ratelimit.limits.legacy.key=#user")
                .run(context -> {
                    LegacyClient client = context.getBean(LegacyClient.class);
                    assertAllows(1, () -> client.call("ann"));
                    assertAllows(1, () -> client.call("bob"));
                });
    }

    @Test
    void holds_beside_the_annotation_of_the_method() {
        application
                .withBean(Annotated.class)
                .withPropertyValues(
                        "ratelimit.limits.outer.pointcut=execution(* *..*Annotated.*(..))",
                        "ratelimit.limits.outer.permits=5",
                        "ratelimit.limits.outer.per=1d")
                .run(context -> {
                    assertAllows(1, () -> context.getBean(Annotated.class).call("ann"));
                    assertThat(context.getBean(RateLimiterRegistry.class)
                                    .get("outer")
                                    .peek()
                                    .remaining())
                            .isEqualTo(4);
                });
    }

    @Test
    void a_wrong_expression_stops_the_start() {
        application
                .withPropertyValues("ratelimit.limits.legacy.permits=1", "ratelimit.limits.legacy.pointcut=call me")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageStartingWith(
                                "ratelimit.limits.legacy: pointcut = \"call me\" is not an AspectJ pointcut over methods (")
                        .hasMessageEndingWith("; write for example \"execution(* com.acme.legacy.Client.*(..))\""));
    }

    @Test
    void a_pointcut_of_a_kind_that_spring_does_not_support_stops_the_start() {
        application
                .withPropertyValues("ratelimit.limits.legacy.permits=1", "ratelimit.limits.legacy.pointcut=if()")
                .run(
                        context -> assertThat(context.getStartupFailure())
                                .rootCause()
                                .hasMessageContaining(
                                        "ratelimit.limits.legacy: pointcut = \"if()\" is not an AspectJ pointcut over methods ("));
    }

    @Test
    void neither_names_of_beans_nor_arguments_of_calls_can_be_matched() {
        application
                .withPropertyValues(
                        "ratelimit.limits.legacy.permits=1", "ratelimit.limits.legacy.pointcut=bean(client)")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessage("ratelimit.limits.legacy: pointcut = \"bean(client)\" picks beans by their names;"
                                + " pick methods: execution(...), within(...), @within(...)"));
        application
                .withPropertyValues(
                        "ratelimit.limits.legacy.permits=1",
                        "ratelimit.limits.legacy.pointcut=execution(* *(..))\n && bean(client)")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageContaining("picks beans by their names"));
        application
                .withPropertyValues(
                        "ratelimit.limits.legacy.permits=1", "ratelimit.limits.legacy.pointcut=args(String)")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageContaining("it depends on the arguments of a call"));
    }

    @Test
    void a_pointcut_without_permits_stops_the_start() {
        application
                .withBean(LegacyClient.class)
                .withPropertyValues(OF_CLIENT)
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessage("ratelimit.limits.legacy: it has a pointcut, but no permits;"
                                + " set ratelimit.limits.legacy.permits"));
    }

    @Test
    void an_unreachable_method_stops_the_start_if_told_to() {
        application
                .withBean(Unreachable.class)
                .withPropertyValues("ratelimit.unreachable=fail")
                .run(context -> assertThat(context.getStartupFailure())
                        .hasMessageStartingWith("ratelimit.unreachable = fail: @RateLimited has no effect on methods"
                                + " that a proxy cannot reach: " + Unreachable.class.getName() + "#last"));
        application
                .withBean(Unreachable.class)
                .run(context -> assertThat(context).hasNotFailed());
    }

    @ExtendWith(OutputCaptureExtension.class)
    @Test
    void a_pointcut_that_matches_nothing_is_warned_of(CapturedOutput output) {
        application
                .withPropertyValues(OF_CLIENT, "ratelimit.limits.legacy.permits=1")
                .run(context ->
                        assertThat(output).contains("matches the pointcut").contains("[legacy]"));
    }
}
