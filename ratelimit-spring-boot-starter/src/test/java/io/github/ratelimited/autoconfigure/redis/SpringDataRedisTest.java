package io.github.ratelimited.autoconfigure.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.autoconfigure.MemoryStoreAutoConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.data.redis.core.StringRedisTemplate;

/** The store is where {@code spring.data.redis} says, with its password and database. */
@Timeout(60)
class SpringDataRedisTest {

    @Test
    void theStoreIsInTheApplicationsOwnDatabase() {
        try (RedisProcess redis = new RedisProcess("requirepass secret")) {
            new ApplicationContextRunner()
                    .withConfiguration(AutoConfigurations.of(
                            DataRedisAutoConfiguration.class,
                            RateLimitAutoConfiguration.class,
                            MemoryStoreAutoConfiguration.class,
                            RedisStoreAutoConfiguration.class))
                    .withPropertyValues(
                            "spring.data.redis.host=127.0.0.1",
                            "spring.data.redis.port=" + redis.port(),
                            "spring.data.redis.password=secret",
                            "spring.data.redis.database=3",
                            "ratelimit.store=redis",
                            "ratelimit.redis.timeout=5s",
                            "ratelimit.limits.mail.permits=1",
                            "ratelimit.limits.mail.per=1d")
                    .run(context -> {
                        RateLimiter mail =
                                context.getBean(RateLimiterRegistry.class).get("mail");
                        assertThat(mail.forKey("ann").tryAcquire()).isTrue();
                        assertThat(mail.forKey("ann").tryAcquire()).isFalse();
                        assertThat(context.getBean(StringRedisTemplate.class).hasKey("ratelimit:mail:{ann}"))
                                .isTrue();
                    });
        }
    }
}
