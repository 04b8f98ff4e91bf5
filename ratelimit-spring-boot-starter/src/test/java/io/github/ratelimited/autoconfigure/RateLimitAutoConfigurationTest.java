package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.atLeastOnce;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.withSettings;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.aop.RateLimitAspect;
import io.github.ratelimited.aop.RateLimitedPostProcessor;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import org.aspectj.lang.annotation.Aspect;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mockito.Answers;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class RateLimitAutoConfigurationTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final MutableTimeSource time = new MutableTimeSource();

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(RateLimitAutoConfiguration.class, SwitchedOffAutoConfiguration.class))
            .withBean(TimeSource.class, () -> time)
            .withBean(Orders.class);

    public static class Orders {

        @RateLimited(permits = 2, per = "1s")
        public void place() {}

        @RateLimited(name = "search", permits = 5, per = "1s")
        public void search() {}
    }

    public static class Daily {

        @RateLimited(name = "daily", permits = 100, per = "1d")
        public void report() {}
    }

    private static void assertAllows(int calls, Runnable call) {
        for (int i = 0; i < calls; i++) {
            assertThatNoException().isThrownBy(call::run);
        }
        assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(call::run);
    }

    @Nested
    class Annotations {

        @Test
        void limit_a_bean_without_any_property() {
            application.run(context -> assertAllows(2, context.getBean(Orders.class)::place));
        }

        @Test
        void refill_with_time() {
            application.run(context -> {
                Orders orders = context.getBean(Orders.class);
                assertAllows(2, orders::place);
                time.advance(SECOND);
                assertAllows(2, orders::place);
            });
        }

        @Test
        void do_nothing_when_switched_off() {
            application.withPropertyValues("ratelimit.enabled=false").run(context -> {
                assertThat(context)
                        .doesNotHaveBean(RateLimiterRegistry.class)
                        .doesNotHaveBean(RateLimitedPostProcessor.class)
                        .doesNotHaveBean(LimiterStore.class);
                Orders orders = context.getBean(Orders.class);
                for (int i = 0; i < 100; i++) {
                    orders.place();
                }
            });
        }
    }

    @Nested
    class Properties {

        @Test
        void win_over_the_annotation_of_that_name() {
            application
                    .withPropertyValues("ratelimit.limits.search.permits=1")
                    .run(context -> assertAllows(1, context.getBean(Orders.class)::search));
        }

        @Test
        void may_give_a_part_and_leave_the_rest_to_the_annotation() {
            application
                    .withPropertyValues("ratelimit.limits.search.per=1m30s")
                    .run(context -> assertThat(
                                    registry(context).get("search").peek().limit())
                            .isEqualTo(Limit.of(5, Duration.ofSeconds(90))));
        }

        @Test
        void may_give_the_permits_alone() {
            application
                    .withBean(Daily.class)
                    .withPropertyValues("ratelimit.limits.daily.permits=7")
                    .run(context -> assertThat(registry(context).get("daily").limit())
                            .isEqualTo(Limit.of(7, Duration.ofDays(1))));
        }

        @Test
        void reach_every_part_of_a_limit() {
            application
                    .withPropertyValues(
                            "ratelimit.limits.daily.permits=10",
                            "ratelimit.limits.daily.per=1d",
                            "ratelimit.limits.daily.algorithm=fixed-window",
                            "ratelimit.limits.api.permits=10",
                            "ratelimit.limits.api.per=PT1S",
                            "ratelimit.limits.api.burst=3")
                    .run(context -> {
                        assertThat(registry(context).get("daily").limit())
                                .isEqualTo(Limit.of(10, Duration.ofDays(1)).withAlgorithm(Algorithm.FIXED_WINDOW));
                        assertThat(registry(context).get("api").limit())
                                .isEqualTo(Limit.of(10, SECOND).withBurst(3));
                    });
        }

        @Test
        void may_give_the_key() {
            application
                    .withUserConfiguration(KeyedBean.class)
                    .withPropertyValues("ratelimit.limits.keyed.permits=1", "ratelimit.limits.keyed.key=#user")
                    .run(context -> {
                        Keyed keyed = context.getBean(Keyed.class);
                        assertAllows(1, () -> keyed.call("ann"));
                        assertAllows(1, () -> keyed.call("bob"));
                    });
        }

        @Test
        void may_make_callers_wait_instead_of_denying_them() {
            application
                    .withPropertyValues("ratelimit.limits.search.max-wait=200ms")
                    .run(context -> assertWaits(context.getBean(Orders.class)::search, 5));
        }

        @Test
        void may_make_all_callers_wait_who_do_not_say_otherwise() {
            application
                    .withPropertyValues("ratelimit.defaults.max-wait=forever")
                    .run(context -> assertWaits(context.getBean(Orders.class)::place, 2));
        }

        private void assertWaits(Runnable call, int permits) throws InterruptedException {
            for (int i = 0; i < permits; i++) {
                call.run();
            }
            Thread waiting = new Thread(call);
            waiting.start();
            time.awaitParkedThreads(1);
            time.advance(SECOND);
            waiting.join(10_000);
            assertThat(waiting.isAlive()).isFalse();
        }

        @Test
        void bound_the_memory() {
            application
                    .withPropertyValues(
                            "ratelimit.memory.max-keys=3",
                            "ratelimit.limits.api.permits=1",
                            "ratelimit.limits.api.per=1d")
                    .run(context -> {
                        for (int i = 0; i < 100; i++) {
                            registry(context).get("api").forKey(i).tryAcquire();
                        }
                        assertThat(context.getBean(MemoryLimiterStore.class).keys())
                                .isEqualTo(3);
                    });
        }
    }

    public static class Keyed {

        @RateLimited("keyed")
        public void call(String user) {}
    }

    @Configuration(proxyBeanMethods = false)
    static class KeyedBean {

        @Bean
        Keyed keyed() {
            return new Keyed();
        }
    }

    @Nested
    class Registry {

        @Test
        void knows_configured_and_annotated_limits() {
            application
                    .withPropertyValues("ratelimit.limits.api.permits=7")
                    .run(context -> assertThat(registry(context).names())
                            .containsExactly("api", Orders.class.getName() + "#place()", "search"));
        }

        @Test
        void shares_a_limit_with_the_methods_of_its_name() {
            application.run(context -> {
                for (int i = 0; i < 5; i++) {
                    assertThat(registry(context).get("search").tryAcquire()).isTrue();
                }
                assertAllows(0, context.getBean(Orders.class)::search);
            });
        }

        @Test
        void changes_a_limit_while_it_is_in_use() {
            application.run(context -> {
                Orders orders = context.getBean(Orders.class);
                assertAllows(5, orders::search);
                registry(context).replace("search", Limit.of(10, SECOND));
                time.advance(SECOND);
                assertAllows(10, orders::search);
            });
        }

        @Test
        void names_the_known_limits_when_asked_for_an_unknown_one() {
            application.run(context -> assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(() -> registry(context).get("serach"))
                    .withMessageContaining("'serach'")
                    .withMessageContaining("search"));
        }
    }

    @Nested
    class Replacing {

        @Test
        void the_applications_store_is_used_without_being_named() {
            LimiterStore own = denyingStore();
            application.withBean("own", LimiterStore.class, () -> own).run(context -> {
                assertAllows(0, context.getBean(Orders.class)::place);
            });
        }

        @Test
        void memory_can_be_named_although_the_application_has_a_store() {
            application
                    .withBean("own", LimiterStore.class, RateLimitAutoConfigurationTest.this::denyingStore)
                    .withPropertyValues("ratelimit.store=memory")
                    .run(context -> assertAllows(2, context.getBean(Orders.class)::place));
        }

        @Test
        void the_applications_own_memory_store_counts_as_memory() {
            MemoryLimiterStore own = new MemoryLimiterStore(time, 5);
            application.withBean("own", MemoryLimiterStore.class, () -> own).run(context -> {
                registry(context).get("search").forKey("ann").tryAcquire();
                assertThat(own.keys()).isEqualTo(1);
            });
        }

        @Test
        void of_several_stores_one_has_to_be_named() {
            application
                    .withBean("one", LimiterStore.class, RateLimitAutoConfigurationTest.this::denyingStore)
                    .withBean("two", LimiterStore.class, RateLimitAutoConfigurationTest.this::denyingStore)
                    .run(context -> assertThat(context.getStartupFailure())
                            .rootCause()
                            .hasMessage("ratelimit.store: it is not set, and there are several LimiterStore beans;"
                                    + " set it to one of [memory, one, two]"));
            application
                    .withBean("one", LimiterStore.class, RateLimitAutoConfigurationTest.this::denyingStore)
                    .withBean("two", LimiterStore.class, RateLimitAutoConfigurationTest.this::denyingStore)
                    .withPropertyValues("ratelimit.store=two")
                    .run(context -> {
                        assertAllows(0, context.getBean(Orders.class)::place);
                        then(context.getBean("one", LimiterStore.class))
                                .should(never())
                                .acquire(any());
                        then(context.getBean("two", LimiterStore.class))
                                .should(atLeastOnce())
                                .acquire(any());
                    });
        }

        @Test
        void an_unknown_store_stops_the_start() {
            application
                    .withPropertyValues("ratelimit.store=rediss")
                    .run(context -> assertThat(context.getStartupFailure())
                            .rootCause()
                            .hasMessage(
                                    "ratelimit.store: 'rediss' is neither 'memory' nor the name of a LimiterStore bean;"
                                            + " set it to one of [memory]"));
        }
    }

    private LimiterStore denyingStore() {
        LimiterStore store = mock(LimiterStore.class, withSettings().defaultAnswer(Answers.CALLS_REAL_METHODS));
        Decision denied = Decision.overLimit(LimitName.of("any").shown(), Limit.of(1, SECOND), 1, 0, 1, 1);
        given(store.acquire(any())).willReturn(denied);
        return store;
    }

    @Nested
    class AspectDoor {

        @Test
        void is_not_needed() {
            application.withClassLoader(new FilteredClassLoader(Aspect.class)).run(context -> {
                assertThat(context).doesNotHaveBean(SwitchedOffAutoConfiguration.class);
                assertAllows(2, context.getBean(Orders.class)::place);
            });
        }

        @Test
        void is_no_bean_so_that_no_proxy_applies_it_too() {
            application.run(context -> assertThat(context).doesNotHaveBean(RateLimitAspect.class));
        }
    }

    public static class Named {

        @RateLimited("Orders.place")
        public void place() {}
    }

    @Nested
    class WrongSettings {

        private void assertStopsTheStart(String message, String... properties) {
            application
                    .withPropertyValues(properties)
                    .run(context ->
                            assertThat(context.getStartupFailure()).rootCause().hasMessage(message));
        }

        @Test
        void negative_permits() {
            assertStopsTheStart(
                    "ratelimit.limits.api: permits = -1 is not between 1 and 1000000000000;"
                            + " write for example permits = 5, per = \"1s\"",
                    "ratelimit.limits.api.permits=-1");
        }

        @Test
        void no_permits() {
            assertStopsTheStart(
                    "ratelimit.limits.api: permits = 0 would let nobody in; write a positive number, or leave it out",
                    "ratelimit.limits.api.permits=0");
        }

        @Test
        void a_period_that_is_no_duration() {
            assertStopsTheStart(
                    "ratelimit.limits.api: per = \"1x\" is not a duration;"
                            + " write for example \"500ms\", \"1s\", \"5m\", \"1h\", \"1d\" or \"1m30s\"",
                    "ratelimit.limits.api.permits=1",
                    "ratelimit.limits.api.per=1x");
        }

        @Test
        void a_period_without_unit() {
            assertStopsTheStart(
                    "ratelimit.limits.api: per = \"1000\" has no unit;"
                            + " write for example \"500ms\", \"1s\", \"5m\", \"1h\", \"1d\" or \"1m30s\"",
                    "ratelimit.limits.api.permits=1",
                    "ratelimit.limits.api.per=1000");
        }

        @Test
        void a_burst_without_a_bucket() {
            assertStopsTheStart(
                    "ratelimit.limits.api: burst = 5 makes no sense with SLIDING_WINDOW, which has no bucket;"
                            + " leave burst out, or use TOKEN_BUCKET",
                    "ratelimit.limits.api.permits=10",
                    "ratelimit.limits.api.burst=5",
                    "ratelimit.limits.api.algorithm=sliding-window");
        }

        @Test
        void a_wait_that_is_no_duration() {
            assertStopsTheStart(
                    "ratelimit.defaults: max-wait = \"long\" is not a duration;"
                            + " write for example \"500ms\", \"1s\", \"5m\", \"1h\", \"1d\" or \"1m30s\"",
                    "ratelimit.defaults.max-wait=long");
        }

        @Test
        void a_store_without_room() {
            assertStopsTheStart(
                    "ratelimit.memory: max-keys = 0 is not positive; write for example 1000000",
                    "ratelimit.memory.max-keys=0");
        }

        @Test
        void an_unknown_property_of_a_limit() {
            application
                    .withPropertyValues("ratelimit.limits.api.permit=1")
                    .run(context -> assertThat(context.getStartupFailure())
                            .rootCause()
                            .hasMessageContaining("ratelimit.limits.api.permit"));
        }

        @Test
        void a_limit_without_a_name_by_what_people_are_shown() {
            for (String property : new String[] {"permits=9", "max-wait=1s"}) {
                application
                        .withPropertyValues("ratelimit.limits.[Orders.place]." + property)
                        .run(context -> assertThat(context.getStartupFailure())
                                .hasMessage("ratelimit.limits.[Orders.place]: " + Orders.class.getName()
                                        + "#place() is shown as 'Orders.place', but only a limit with a name can be"
                                        + " configured; write @RateLimited(name = \"...\") there, and configure that"
                                        + " name"));
            }
        }

        @Test
        void not_a_limit_with_a_name_that_another_is_shown_as() {
            application
                    .withBean(Named.class)
                    .withPropertyValues("ratelimit.limits.[Orders.place].permits=9")
                    .run(context -> {
                        assertThat(context).hasNotFailed();
                        assertThat(registry(context).get("Orders.place").limit().permits())
                                .isEqualTo(9);
                    });
        }

        @Test
        void a_limit_without_a_name_by_what_the_registry_calls_it() {
            application
                    .withPropertyValues("ratelimit.limits.[" + Orders.class.getName() + "#place()].permits=9")
                    .run(context -> assertThat(context.getStartupFailure())
                            .rootCause()
                            .hasMessageContaining("#place()]: that limit has no name, and only a limit with a name can"
                                    + " be configured"));
        }

        @Test
        void an_unknown_algorithm() {
            application
                    .withPropertyValues("ratelimit.limits.api.permits=1", "ratelimit.limits.api.algorithm=leaky")
                    .run(context -> assertThat(context.getStartupFailure())
                            .hasStackTraceContaining("ratelimit.limits.api.algorithm")
                            .hasStackTraceContaining("leaky"));
        }
    }

    @Nested
    @ExtendWith(OutputCaptureExtension.class)
    class Warnings {

        @Test
        void name_the_limits_that_nothing_comes_of(CapturedOutput output) {
            application
                    .withPropertyValues("ratelimit.limits.serach.per=1m", "ratelimit.limits.search.per=1m")
                    .run(context -> assertThat(output)
                            .contains("no annotated method of their name to get them from: [serach]"));
        }

        @Test
        void tell_of_rules_where_there_are_no_requests(CapturedOutput output) {
            application
                    .withPropertyValues(
                            "ratelimit.limits.search.permits=1",
                            "ratelimit.web.rules[0].paths=/search",
                            "ratelimit.web.rules[0].limit=search")
                    .run(context -> assertThat(output).contains("ratelimit.web.rules limit nothing"));
        }

        @Test
        void are_not_given_without_reason(CapturedOutput output) {
            application
                    .withPropertyValues("ratelimit.limits.search.per=1m")
                    .run(context -> assertThat(output).doesNotContain("WARN"));
        }
    }

    private static RateLimiterRegistry registry(ApplicationContext context) {
        return context.getBean(RateLimiterRegistry.class);
    }
}
