package io.github.ratelimited.autoconfigure.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.actuate.MetricsAutoConfiguration;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** What meters tell of a store that goes. */
@Timeout(120)
class StoreMetersTest {

    private static ApplicationContextRunner application(int port) {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        RateLimitAutoConfiguration.class,
                        RedisStoreAutoConfiguration.class,
                        MetricsAutoConfiguration.class))
                .withPropertyValues(
                        "ratelimit.store=redis",
                        "ratelimit.redis.timeout=5s",
                        "ratelimit.limits.mail.permits=1000",
                        "ratelimit.limits.mail.per=1d")
                .withBean(LettuceConnectionFactory.class, () -> new LettuceConnectionFactory("127.0.0.1", port));
    }

    private static long count(MeterRegistry meters, String outcome) {
        Timer timer = meters.find("ratelimit.store")
                .tags("store", "redis", "outcome", outcome)
                .timer();
        return timer == null ? 0 : timer.count();
    }

    private static double available(MeterRegistry meters) {
        return meters.get("ratelimit.store.available")
                .tag("store", "redis")
                .gauge()
                .value();
    }

    @Test
    void theyTellOfEachQuestionAndWhenNobodyAsksAnyMore() {
        try (RedisProcess redis = new RedisProcess()) {
            application(redis.port()).withBean(SimpleMeterRegistry.class).run(context -> {
                MeterRegistry meters = context.getBean(MeterRegistry.class);
                RateLimiter mail = context.getBean(RateLimiterRegistry.class).get("mail");
                while (count(meters, "answered") < 3) {
                    mail.tryAcquire();
                }
                assertThat(available(meters)).isEqualTo(1);
                assertThat(meters.get("ratelimit.store")
                                .tag("outcome", "answered")
                                .timer()
                                .totalTime(TimeUnit.NANOSECONDS))
                        .isPositive();
                redis.kill();
                while (available(meters) == 1) {
                    mail.tryAcquire();
                }
                long before = count(meters, "not-asked");
                assertThat(mail.tryAcquire()).isTrue();
                assertThat(count(meters, "not-asked")).isEqualTo(before + 1);
                assertThat(count(meters, "failed") + count(meters, "timed-out")).isPositive();
            });
        }
    }

    @Test
    void withoutMicrometerThereAreNone() {
        application(RedisProcess.freePort())
                .withClassLoader(new FilteredClassLoader("io.micrometer"))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(MetricsAutoConfiguration.class));
    }
}
