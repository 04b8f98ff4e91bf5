package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitMode;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.LimitChange;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimitPolicy;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;

/** A configuration that is refreshed while the application runs. */
@ExtendWith(OutputCaptureExtension.class)
class RefreshedLimitsTest {

    private static final Duration HOUR = Duration.ofHours(1);

    public static class Shop {

        @RateLimited(name = "orders", permits = 2, per = "1h", key = "#user")
        public void order(String user) {}

        @RateLimited(name = "export", permits = 1, per = "1h", plan = "#plan")
        public void export(@Nullable String plan) {}
    }

    private final MutableTimeSource time = new MutableTimeSource();

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
            .withBean(TimeSource.class, () -> time)
            .withBean(Shop.class)
            .withPropertyValues(
                    "ratelimit.limits.mail.permits=10",
                    "ratelimit.limits.mail.per=1h",
                    "ratelimit.limits.mail.max-wait=1d",
                    "ratelimit.limits.export.plans.premium.permits=5");

    private static void refresh(ConfigurableApplicationContext context, Map<String, Object> values) {
        context.getEnvironment().getPropertySources().remove("refreshed");
        context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("refreshed", values));
        context.publishEvent(new EnvironmentChangeEvent(context, Set.of("ratelimit")));
    }

    private static RateLimiter limit(ConfigurableApplicationContext context, String name) {
        return context.getBean(RateLimiterRegistry.class).get(name);
    }

    @Test
    void whatIsSaidDifferentlyHoldsFromTheNextCall() {
        application.run(context -> {
            RateLimiter mail = limit(context, "mail");
            assertThat(mail.tryAcquire(5)).isTrue();
            refresh(context, Map.of("ratelimit.limits.mail.permits", "100"));
            assertThat(mail.limit()).isEqualTo(Limit.of(100, HOUR));
            assertThat(mail.peek().remaining()).isEqualTo(50);
        });
    }

    @Test
    void itWinsOverAnAnnotationAsAtStartAndTheRestStaysTheAnnotations() {
        application.run(context -> {
            context.getBean(Shop.class).order("alice");
            refresh(context, Map.of("ratelimit.limits.orders.permits", "20"));
            assertThat(limit(context, "orders").limit()).isEqualTo(Limit.of(20, HOUR));
        });
    }

    @Test
    void aPlanIsChangedToo() {
        application.run(context -> {
            refresh(context, Map.of("ratelimit.limits.export.plans.premium.permits", "50"));
            assertThat(limit(context, "export[premium]").limit()).isEqualTo(Limit.of(50, HOUR));
            assertThat(limit(context, "export").limit()).isEqualTo(Limit.of(1, HOUR));
        });
    }

    @Test
    void whoWaitsIsMovedAndAModeLetsThemGo() {
        application.run(context -> {
            RateLimiter mail = limit(context, "mail");
            assertThat(mail.tryAcquire(10)).isTrue();
            CompletableFuture<Decision> turn = mail.acquireAsync(1, Duration.ofDays(1));
            refresh(context, Map.of("ratelimit.defaults.mode", "shadow"));
            assertThat(turn).isCompleted();
            assertThat(mail.tryAcquire(1, Duration.ZERO).shadowDenied()).isTrue();
            context.getBean(Shop.class).order("alice");
            context.getBean(Shop.class).order("alice");
            context.getBean(Shop.class).order("alice");
        });
    }

    @Test
    void aLongestWaitAndANewLimitAreTakenOver() {
        application.run(context -> {
            refresh(context, Map.of("ratelimit.limits.mail.max-wait", "5s", "ratelimit.limits.fresh.permits", "3"));
            assertThat(limit(context, "mail").maxWait()).isEqualTo(Duration.ofSeconds(5));
            assertThat(limit(context, "fresh").limit()).isEqualTo(Limit.of(3, Duration.ofSeconds(1)));
        });
    }

    @Test
    void thePlansOfANewLimitAreTakenOverToo() {
        application.run(context -> {
            refresh(
                    context,
                    Map.of("ratelimit.limits.fresh.permits", "3", "ratelimit.limits.fresh.plans.premium.permits", "7"));
            assertThat(limit(context, "fresh[premium]").limit()).isEqualTo(Limit.of(7, Duration.ofSeconds(1)));
        });
    }

    /** As stores in other processes cannot count sliding windows of just any length. */
    private LimiterStore upToAHundred() {
        LimiterStore counting = new MemoryLimiterStore(time, 1_000);
        return (LimiterStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {LimiterStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("claim") && ((Limit) arguments[1]).permits() > 100) {
                        throw new InvalidRateLimitException("here", "more than 100 permits", "write fewer");
                    }
                    return method.invoke(counting, arguments);
                });
    }

    @Test
    void whereTheStoreCannotCountOneLimitNoneIsChanged(CapturedOutput output) {
        application
                .withBean("picky", LimiterStore.class, this::upToAHundred)
                .withPropertyValues("ratelimit.limits.another.permits=4", "ratelimit.limits.zero.permits=4")
                .run(context -> {
                    refresh(
                            context,
                            Map.of(
                                    "ratelimit.limits.another.permits", "5",
                                    "ratelimit.limits.mail.permits", "101",
                                    "ratelimit.limits.zero.permits", "5",
                                    "ratelimit.limits.fresh.permits", "3"));
                    assertThat(output).contains("all limits stay as they were").contains("more than 100 permits");
                    assertThat(limit(context, "another").limit().permits()).isEqualTo(4);
                    assertThat(limit(context, "mail").limit()).isEqualTo(Limit.of(10, HOUR));
                    assertThat(limit(context, "zero").limit().permits()).isEqualTo(4);
                    assertThat(context.getBean(RateLimiterRegistry.class).names())
                            .doesNotContain("fresh");
                });
    }

    @Test
    void whatWasChangedInAnotherWayStaysUnlessItIsSaidDifferently() {
        application.run(context -> {
            context.getBean(RateLimiterRegistry.class).replace("mail", Limit.of(7, HOUR));
            refresh(context, Map.of("ratelimit.limits.orders.permits", "20"));
            assertThat(limit(context, "mail").limit()).isEqualTo(Limit.of(7, HOUR));
            refresh(context, Map.of("ratelimit.limits.mail.permits", "8"));
            assertThat(limit(context, "mail").limit()).isEqualTo(Limit.of(8, HOUR));
        });
    }

    @Test
    void aModeThatAnOperatorHasSetStaysWhenSomethingElseIsSaidDifferently() {
        application.run(context -> {
            context.getBean(StoreRateLimiterRegistry.class)
                    .change("mail", LimitChange.of(policy -> policy.withMode(LimitMode.SHADOW)));
            refresh(context, Map.of("ratelimit.limits.mail.near", "90%"));
            assertThat(context.getBean(StoreRateLimiterRegistry.class)
                            .policies()
                            .of(LimitName.of("mail")))
                    .isEqualTo(new LimitPolicy(LimitMode.SHADOW, 0.9, null));
        });
    }

    @Test
    void whatCannotBeChangesNothingAndIsToldOf(CapturedOutput output) {
        application.run(context -> {
            refresh(context, Map.of("ratelimit.limits.mail.permits", "20", "ratelimit.limits.orders.permits", "-1"));
            assertThat(limit(context, "mail").limit()).isEqualTo(Limit.of(10, HOUR));
            assertThat(output)
                    .contains("The refreshed configuration of rate limits cannot be, and all limits stay as they were")
                    .contains("ratelimit.limits.orders: permits = -1 is not between 1 and");
            refresh(context, Map.of("ratelimit.limits.mail.permitz", "20"));
            assertThat(output).contains("ratelimit.limits.mail.permitz");
            refresh(context, Map.of("ratelimit.limits.mail.permits", "20"));
            assertThat(limit(context, "mail").limit()).isEqualTo(Limit.of(20, HOUR));
        });
    }

    @Test
    void whatIsSaidNoMoreHoldsNoMore() {
        application.run(context -> {
            refresh(context, Map.of("ratelimit.defaults.mode", "shadow"));
            refresh(context, Map.of());
            assertThat(context.getBean(StoreRateLimiterRegistry.class)
                            .policies()
                            .allEnforced())
                    .isTrue();
        });
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
                .run(context -> {
                    refresh(context, Map.of("ratelimit.defaults.mode", "shadow"));
                    refresh(context, Map.of());
                    assertThat(context.getBean(StoreRateLimiterRegistry.class)
                                    .policies()
                                    .allEnforced())
                            .isTrue();
                });
    }

    @Test
    void itHoldsForMethodsThatAreCalledForTheFirstTimeAfterItToo() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
                .withBean(TimeSource.class, () -> time)
                .withBean(Shop.class, Shop::new, definition -> definition.setLazyInit(true))
                .withPropertyValues("ratelimit.limits.export.plans.premium.permits=5")
                .run(context -> {
                    refresh(context, Map.of("ratelimit.limits.orders.permits", "20"));
                    context.getBean(Shop.class).order("alice");
                    assertThat(limit(context, "orders").limit()).isEqualTo(Limit.of(20, HOUR));
                });
    }

    @Test
    void whatNeedsARestartIsToldOf(CapturedOutput output) {
        application.run(context -> {
            refresh(
                    context,
                    Map.of(
                            "ratelimit.limits.mail.key", "#user",
                            "ratelimit.store", "redis",
                            "ratelimit.limits.export.plans.gold.permits", "7"));
            assertThat(output)
                    .contains("this needs a restart: [key, pointcut, on-store-failure and obey-retry-after of"
                            + " ratelimit.limits.mail, ratelimit.store, the new plans of ratelimit.limits.export]");
        });
    }
}
