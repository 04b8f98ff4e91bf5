package io.github.ratelimited.autoconfigure.redis;

import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.util.ClassUtils;

/** An application that has configured its Redis as Spring Boot has it, and counts there: one mail a day. */
final class RedisApplication {

    private RedisApplication() {}

    static ApplicationContextRunner with(String... properties) {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SslAutoConfiguration.class,
                        dataRedis(),
                        RateLimitAutoConfiguration.class,
                        RedisStoreAutoConfiguration.class))
                .withPropertyValues(
                        "ratelimit.store=redis",
                        "ratelimit.redis.timeout=5s",
                        "ratelimit.limits.mail.permits=1",
                        "ratelimit.limits.mail.per=1d",
                        "ratelimit.limits.mail.on-store-failure=deny")
                .withPropertyValues(properties);
    }

    /** Its name is another one before Spring Boot 4. */
    private static Class<?> dataRedis() {
        String name = "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration";
        return ClassUtils.resolveClassName(
                ClassUtils.isPresent(name, null)
                        ? name
                        : "org.springframework.boot.autoconfigure.data.redis.RedisAutoConfiguration",
                null);
    }
}
