package io.github.ratelimited.autoconfigure.weaving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.SwitchedOffAutoConfiguration;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The build has woven the classes of this package, and of no other, as {@code docs/weaving.md} tells applications to. */
class CompileTimeWeavingTest {

    private final MutableTimeSource time = new MutableTimeSource();

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(RateLimitAutoConfiguration.class, SwitchedOffAutoConfiguration.class))
            .withBean(TimeSource.class, () -> time)
            .withBean(Orders.class)
            .withPropertyValues(
                    "ratelimit.unreachable=fail",
                    "ratelimit.limits.place.permits=2",
                    "ratelimit.limits.audit.permits=3",
                    "ratelimit.limits.cancel.permits=4",
                    "ratelimit.limits.count.permits=5",
                    "ratelimit.limits.parse.permits=6");

    /** Lets one call a day in, unless the application's properties win. */
    static class Orders {

        @RateLimited(name = "place", permits = 1, per = "1d")
        public void place() {}

        public void placeItself() {
            place();
        }

        public void auditItself() {
            audit();
        }

        @RateLimited(name = "audit", permits = 1, per = "1d")
        private void audit() {}

        @RateLimited(name = "cancel", permits = 1, per = "1d")
        public final void cancel() {}

        @RateLimited(name = "count", permits = 1, per = "1d")
        public static void count() {}

        public void export() {}
    }

    /** No bean. */
    static final class Parser {

        @RateLimited(name = "parse", permits = 1, per = "1d", key = "#text")
        String parse(String text) {
            return text.trim();
        }
    }

    private static void assertAllows(int calls, Runnable call) {
        for (int i = 0; i < calls; i++) {
            call.run();
        }
        assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(call::run);
    }

    @Test
    void limits_a_private_method() {
        application.run(context -> assertAllows(3, context.getBean(Orders.class)::auditItself));
    }

    @Test
    void limits_a_final_method() {
        application.run(context -> assertAllows(4, context.getBean(Orders.class)::cancel));
    }

    @Test
    void limits_a_static_method() {
        application.run(context -> assertAllows(5, Orders::count));
    }

    @Test
    void limits_a_method_that_its_own_object_calls() {
        application.run(context -> assertAllows(2, context.getBean(Orders.class)::placeItself));
    }

    @Test
    void limits_in_an_application_that_makes_its_beans_late() {
        application
                .withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .run(context -> assertAllows(5, Orders::count));
    }

    @Test
    void limits_by_the_application_while_it_runs_and_by_the_annotation_after() {
        Parser parser = new Parser();
        application.run(context -> assertAllows(6, () -> parser.parse("while")));
        assertAllows(1, () -> parser.parse("after"));
    }

    /** Calls a woven method that nobody has called before, when no more beans may be made. */
    static class LastCaller implements DisposableBean {

        static int calls;

        @Override
        public void destroy() {
            Orders.count();
            calls++;
        }
    }

    @Test
    void lets_a_bean_finish_whose_first_call_is_its_last() {
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(RateLimitAutoConfiguration.class, SwitchedOffAutoConfiguration.class))
                .withBean(LastCaller.class)
                .run(context -> assertThat(LastCaller.calls).isZero());
        assertThat(LastCaller.calls).isEqualTo(1);
    }

    @Test
    void limits_an_object_that_is_no_bean() {
        application.run(context -> {
            Parser parser = new Parser();
            assertThat(parser.parse(" ann ")).isEqualTo("ann");
            assertAllows(5, () -> parser.parse(" ann "));
            assertAllows(6, () -> parser.parse("bob"));
        });
    }

    @Test
    void limits_a_bean_once_and_without_a_proxy() {
        application.run(context -> {
            Orders orders = context.getBean(Orders.class);
            assertThat(AopUtils.isAopProxy(orders)).isFalse();
            assertAllows(2, orders::place);
            time.advance(Duration.ofDays(1));
            assertAllows(2, orders::place);
        });
    }

    @Test
    void limits_a_bean_once_that_has_a_proxy_for_another_method() {
        application
                .withPropertyValues(
                        "ratelimit.limits.export.pointcut=execution(* *..Orders.export())",
                        "ratelimit.limits.export.permits=7")
                .run(context -> {
                    Orders orders = context.getBean(Orders.class);
                    assertThat(AopUtils.isAopProxy(orders)).isTrue();
                    assertAllows(7, orders::export);
                    assertAllows(2, orders::place);
                });
    }

    @Test
    void limits_a_method_once_that_a_pointcut_matches_too() {
        application
                .withPropertyValues(
                        "ratelimit.limits.outer.pointcut=execution(* *..Orders.*())",
                        "ratelimit.limits.outer.permits=9")
                .run(context -> {
                    assertAllows(2, context.getBean(Orders.class)::place);
                    assertThat(context.getBean(RateLimiterRegistry.class)
                                    .get("outer")
                                    .peek()
                                    .remaining())
                            .isEqualTo(7);
                });
    }

    @Test
    void leaves_methods_free_where_limits_are_switched_off() {
        application.withPropertyValues("ratelimit.enabled=false").run(context -> {
            for (int i = 0; i < 99; i++) {
                Orders.count();
            }
        });
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void makes_no_method_unreachable(CapturedOutput output) {
        application
                .withPropertyValues("ratelimit.unreachable=warn")
                .run(context -> assertThat(context).hasNotFailed());
        assertThat(output).doesNotContain("cannot reach");
        application.run(context -> assertThat(context).hasNotFailed());
    }
}
