package io.github.ratelimited.autoconfigure.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ApplicationContext;
import org.springframework.data.redis.core.StringRedisTemplate;

/** The store is where {@code spring.data.redis} says, with its password, database and TLS. */
@Timeout(60)
class SpringDataRedisTest {

    private static void assertCountsThere(ApplicationContext context) {
        RateLimiter mail = context.getBean(RateLimiterRegistry.class).get("mail");
        assertThat(mail.forKey("ann").tryAcquire()).isTrue();
        assertThat(mail.forKey("ann").tryAcquire()).isFalse();
        assertThat(context.getBean(StringRedisTemplate.class).hasKey("ratelimit:mail:{ann}"))
                .isTrue();
    }

    @Test
    void theStoreIsInTheApplicationsOwnDatabase() {
        try (RedisProcess redis = new RedisProcess("requirepass secret")) {
            RedisApplication.with(
                            "spring.data.redis.host=127.0.0.1",
                            "spring.data.redis.port=" + redis.port(),
                            "spring.data.redis.password=secret",
                            "spring.data.redis.database=3")
                    .run(SpringDataRedisTest::assertCountsThere);
        }
    }

    @Test
    void theStoreIsReachedByTlsWithTheApplicationsBundle(@TempDir Path directory) throws Exception {
        try (RedisProcess redis = new RedisProcess();
                TlsRelay relay = new TlsRelay(redis.port(), directory)) {
            RedisApplication.with(
                            "spring.data.redis.host=127.0.0.1",
                            "spring.data.redis.port=" + relay.port(),
                            "spring.data.redis.ssl.bundle=redis",
                            "spring.ssl.bundle.jks.redis.truststore.location=file:" + relay.trustStore(),
                            "spring.ssl.bundle.jks.redis.truststore.password=" + TlsRelay.PASSWORD)
                    .run(SpringDataRedisTest::assertCountsThere);
        }
    }

    @Test
    void aServerWhoseCertificateNobodyTrustsIsNotSpokenTo(@TempDir Path directory) throws Exception {
        try (RedisProcess redis = new RedisProcess();
                TlsRelay relay = new TlsRelay(redis.port(), directory)) {
            RedisApplication.with(
                            "spring.data.redis.host=127.0.0.1",
                            "spring.data.redis.port=" + relay.port(),
                            "spring.data.redis.ssl.enabled=true")
                    .run(context -> {
                        assertThat(context).hasNotFailed();
                        RateLimiter mail =
                                context.getBean(RateLimiterRegistry.class).get("mail");
                        assertThat(mail.forKey("ann").tryAcquire()).isFalse();
                    });
        }
    }

    @Test
    void anApplicationWithAnotherClientIsToldSoAtStart() {
        RedisApplication.with("spring.data.redis.client-type=jedis")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidRateLimitException.class)
                        .hasMessageContaining("client-type must not be jedis"));
    }
}
