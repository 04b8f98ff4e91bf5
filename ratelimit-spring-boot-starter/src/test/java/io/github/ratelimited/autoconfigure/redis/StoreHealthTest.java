package io.github.ratelimited.autoconfigure.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.actuate.HealthAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** What health tells of a store that goes and comes back. */
@Timeout(120)
class StoreHealthTest {

    private final ApplicationContextRunner plain = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    RateLimitAutoConfiguration.class, RedisStoreAutoConfiguration.class, HealthAutoConfiguration.class))
            .withPropertyValues(
                    "ratelimit.store=redis",
                    "ratelimit.redis.timeout=5s",
                    "ratelimit.limits.mail.permits=1000",
                    "ratelimit.limits.mail.per=1d");

    private ApplicationContextRunner application(int port) {
        return plain.withBean(LettuceConnectionFactory.class, () -> new LettuceConnectionFactory("127.0.0.1", port));
    }

    @Test
    void itIsUnknownWhileTheStoreGivesNoAnswerAndUpAgainWhenItDoes() {
        RedisProcess redis = new RedisProcess();
        application(redis.port()).run(context -> {
            HealthIndicator health = context.getBean(HealthIndicator.class);
            RateLimiter mail = context.getBean(RateLimiterRegistry.class).get("mail");
            mail.tryAcquire();
            redis.close();
            Health gone = health.health();
            while (gone.getStatus().equals(Status.UP)) {
                mail.forKey("alice@example.com").tryAcquire();
                gone = health.health();
            }
            assertThat(gone.getStatus()).isEqualTo(Status.UNKNOWN);
            assertThat(gone.getDetails().get("redis"))
                    .asString()
                    .startsWith("gives no answer: ")
                    .doesNotContain("alice");
            try (RedisProcess again = new RedisProcess(redis.port())) {
                assertThat(again.port()).isEqualTo(redis.port());
                Health back = gone;
                while (!back.getStatus().equals(Status.UP)) {
                    Thread.onSpinWait();
                    back = health.health();
                }
                assertThat(back.getDetails()).containsEntry("redis", "no failure known");
            }
        });
    }

    @Test
    void itIsNotThereWithoutSuchAStoreNorWhenSwitchedOff() {
        plain.withPropertyValues("ratelimit.store=memory")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(HealthIndicator.class));
        application(RedisProcess.freePort())
                .withPropertyValues("management.health.ratelimit.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(HealthIndicator.class));
    }
}
