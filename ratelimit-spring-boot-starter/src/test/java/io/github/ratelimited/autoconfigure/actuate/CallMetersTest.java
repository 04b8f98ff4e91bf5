package io.github.ratelimited.autoconfigure.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.test.MutableTimeSource;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What meters tell of calls. */
class CallMetersTest {

    public static class Shop {

        @RateLimited(name = "orders", permits = 2, per = "1h", key = "#user")
        public void order(String user) {}

        @RateLimited(name = "small", permits = 1, per = "1h")
        @RateLimited(name = "large", permits = 100, per = "1h")
        public void both() {}
    }

    private final MutableTimeSource time = new MutableTimeSource();

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class, MetricsAutoConfiguration.class))
            .withBean(TimeSource.class, () -> time)
            .withBean(SimpleMeterRegistry.class)
            .withPropertyValues("ratelimit.limits.slow.permits=1", "ratelimit.limits.slow.per=1h")
            .withBean(Shop.class);

    private static double count(MeterRegistry meters, String limit, String outcome) {
        return meters.get("ratelimit.calls")
                .tags("limit", limit, "outcome", outcome)
                .functionCounter()
                .count();
    }

    @Test
    void callsAreCountedByWhatBecameOfThemAndNoKeyIsTold() {
        application.run(context -> {
            MeterRegistry meters = context.getBean(MeterRegistry.class);
            Shop shop = context.getBean(Shop.class);
            shop.order("alice");
            shop.order("alice");
            shop.order("bob");
            for (int i = 0; i < 4; i++) {
                assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(() -> shop.order("alice"));
            }
            assertThat(count(meters, "orders", "allowed")).isEqualTo(3);
            assertThat(count(meters, "orders", "denied")).isEqualTo(4);
            assertThat(count(meters, "orders", "waited")).isZero();
            assertThat(count(meters, "orders", "bypassed")).isZero();
            assertThat(meters.getMeters())
                    .extracting(Meter::getId)
                    .noneMatch(id -> id.toString().contains("alice"));
        });
    }

    @Test
    void ofSeveralLimitsTheOneThatDeniesHasDenied() {
        application.run(context -> {
            MeterRegistry meters = context.getBean(MeterRegistry.class);
            Shop shop = context.getBean(Shop.class);
            shop.both();
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(shop::both);
            assertThat(count(meters, "small", "allowed")).isEqualTo(1);
            assertThat(count(meters, "small", "denied")).isEqualTo(1);
            assertThat(count(meters, "large", "allowed")).isEqualTo(1);
            assertThat(count(meters, "large", "denied")).isZero();
        });
    }

    @Test
    void waitsAreTimed() {
        application.run(context -> {
            MeterRegistry meters = context.getBean(MeterRegistry.class);
            RateLimiter slow = context.getBean(RateLimiterRegistry.class).get("slow");
            assertThat(slow.tryAcquire()).isTrue();
            CompletableFuture<Decision> turn = slow.acquireAsync(1, Duration.ofHours(2));
            Timer wait = meters.get("ratelimit.wait").tag("limit", "slow").timer();
            assertThat(count(meters, "slow", "waited")).isEqualTo(1);
            assertThat(wait.totalTime(TimeUnit.MINUTES)).isEqualTo(60);
            time.advance(Duration.ofHours(1));
            assertThat(turn).isCompleted();
        });
    }

    @Test
    void withoutARegistryThereAreNone() {
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(RateLimitAutoConfiguration.class, MetricsAutoConfiguration.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(MetricsAutoConfiguration.class));
    }
}
