package io.github.ratelimited.autoconfigure.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.RedisStaticMasterReplicaConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** {@code ratelimit.store: redis} on real servers. */
@Timeout(120)
class RedisStoreAutoConfigurationTest {

    public static class Orders {

        @RateLimited(name = "orders", permits = 3, per = "1d")
        public void place() {}
    }

    private static RedisProcess redis;

    private final ApplicationContextRunner plain = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(RateLimitAutoConfiguration.class, RedisStoreAutoConfiguration.class));

    private final ApplicationContextRunner application = plain.withPropertyValues(
                    "ratelimit.store=redis", "ratelimit.redis.timeout=5s")
            .withBean(LettuceConnectionFactory.class, () -> new LettuceConnectionFactory("127.0.0.1", redis.port()));

    @BeforeAll
    static void start() {
        redis = new RedisProcess();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    private static RateLimiter limiter(ApplicationContext context) {
        return context.getBean(RateLimiterRegistry.class).get("orders");
    }

    @Test
    void aListOfMastersAndReplicasIsRefusedOnlyWhereItWouldBeUsed() {
        ApplicationContextRunner ofNodes = plain.withPropertyValues(
                        "spring.data.redis.masterreplica.nodes=127.0.0.1:1,127.0.0.1:2")
                .withBean(LettuceConnectionFactory.class, () -> new LettuceConnectionFactory("127.0.0.1", 1));
        ApplicationContextRunner ofBean = plain.withBean(
                        RedisStaticMasterReplicaConfiguration.class,
                        () -> new RedisStaticMasterReplicaConfiguration("127.0.0.1", 1))
                .withBean(LettuceConnectionFactory.class, () -> new LettuceConnectionFactory("127.0.0.1", 1));
        for (ApplicationContextRunner each : List.of(ofNodes, ofBean)) {
            each.run(context -> {
                assertThat(context).hasNotFailed();
                assertThat(context).doesNotHaveBean("redisLimiterStore");
            });
            each.withPropertyValues("ratelimit.store=redis")
                    .run(context -> assertThat(context.getStartupFailure())
                            .rootCause()
                            .isInstanceOf(InvalidRateLimitException.class)
                            .hasMessageContaining("which of these servers is the master"));
        }
    }

    @Test
    void twoApplicationsShareOneLimit() {
        ApplicationContextRunner node =
                application.withBean(Orders.class).withPropertyValues("ratelimit.key-prefix=a:");
        node.run(one -> node.run(other -> {
            one.getBean(Orders.class).place();
            other.getBean(Orders.class).place();
            one.getBean(Orders.class).place();
            assertThatExceptionOfType(RateLimitExceededException.class)
                    .isThrownBy(() -> other.getBean(Orders.class).place());
            assertThatExceptionOfType(RateLimitExceededException.class)
                    .isThrownBy(() -> one.getBean(Orders.class).place());
        }));
    }

    @Test
    void theKeyPrefixKeepsApplicationsApart() {
        ApplicationContextRunner node = application.withBean(Orders.class);
        node.withPropertyValues("ratelimit.key-prefix=b:")
                .run(context -> limiter(context).tryAcquire(3));
        node.withPropertyValues("ratelimit.key-prefix=c:")
                .run(context -> assertThat(limiter(context).tryAcquire(3)).isTrue());
        node.withPropertyValues("ratelimit.key-prefix=b:")
                .run(context -> assertThat(limiter(context).tryAcquire()).isFalse());
    }

    @Test
    void startsWhenTheServerIsDownAndCountsInItWhenItComesUp() {
        int port = RedisProcess.freePort();
        plain.withPropertyValues(
                        "ratelimit.store=redis",
                        "ratelimit.redis.timeout=5s",
                        "ratelimit.limits.orders.permits=3",
                        "ratelimit.limits.orders.per=1d",
                        "ratelimit.limits.orders.on-store-failure=deny",
                        "ratelimit.limits.mail.permits=1",
                        "ratelimit.limits.mail.per=1d",
                        "ratelimit.limits.sms.permits=4",
                        "ratelimit.limits.sms.per=1d",
                        "ratelimit.limits.sms.on-store-failure=local",
                        "ratelimit.expected-instances=2")
                .withBean(LettuceConnectionFactory.class, () -> new LettuceConnectionFactory("127.0.0.1", port))
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    RateLimiterRegistry registry = context.getBean(RateLimiterRegistry.class);
                    Decision denied = registry.get("orders").tryAcquire(1, Duration.ZERO);
                    assertThat(denied.allowed()).isFalse();
                    assertThat(denied.reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
                    Decision allowed = registry.get("mail").tryAcquire(1, Duration.ZERO);
                    assertThat(allowed.allowed()).as("the default").isTrue();
                    assertThat(allowed.reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
                    assertThat(registry.get("sms").tryAcquire(2))
                            .as("half of four")
                            .isTrue();
                    assertThat(registry.get("sms").tryAcquire()).isFalse();
                    RedisProcess later = new RedisProcess(port);
                    try {
                        long deadline =
                                System.nanoTime() + Duration.ofSeconds(30).toNanos();
                        Decision decision = denied;
                        while (decision.reason() == Reason.STORE_UNAVAILABLE && System.nanoTime() - deadline < 0) {
                            decision = registry.get("orders").tryAcquire(1, Duration.ZERO);
                        }
                        assertThat(decision.reason()).isEqualTo(Reason.WITHIN_LIMIT);
                        assertThat(decision.remaining()).isEqualTo(2);
                    } finally {
                        later.close();
                    }
                });
    }

    @Test
    void aWrongPasswordStopsTheStart() {
        try (RedisProcess guarded = new RedisProcess("requirepass secret")) {
            RedisStandaloneConfiguration server = new RedisStandaloneConfiguration("127.0.0.1", guarded.port());
            server.setPassword("guess");
            plain.withPropertyValues("ratelimit.store=redis")
                    .withBean(LettuceConnectionFactory.class, () -> new LettuceConnectionFactory(server))
                    .run(context -> assertThat(context)
                            .getFailure()
                            .isInstanceOf(InvalidRateLimitException.class)
                            .hasMessageContaining("Redis does not let us in")
                            .hasMessageContaining("spring.data.redis.password"));
        }
    }

    @Test
    void aUserWhoMayRunNoScriptsStopsTheStart() {
        try (RedisProcess guarded = new RedisProcess("user default on nopass ~* +@all -@scripting")) {
            plain.withPropertyValues("ratelimit.store=redis")
                    .withBean(
                            LettuceConnectionFactory.class,
                            () -> new LettuceConnectionFactory("127.0.0.1", guarded.port()))
                    .run(context -> assertThat(context)
                            .getFailure()
                            .isInstanceOf(InvalidRateLimitException.class)
                            .hasMessageContaining("NOPERM")
                            .hasMessageContaining("+evalsha"));
        }
    }

    @Test
    void aUserWhoMayRunScriptsButNotWhatTheyDoStopsTheStart() {
        try (RedisProcess guarded = new RedisProcess("user default on nopass ~* +@all -set")) {
            plain.withPropertyValues("ratelimit.store=redis")
                    .withBean(
                            LettuceConnectionFactory.class,
                            () -> new LettuceConnectionFactory("127.0.0.1", guarded.port()))
                    .run(context -> assertThat(context)
                            .getFailure()
                            .isInstanceOf(InvalidRateLimitException.class)
                            .hasMessageContaining("+set"));
        }
    }

    @Test
    void aDatabaseThatIsNotThereStopsTheStart() {
        RedisStandaloneConfiguration server = new RedisStandaloneConfiguration("127.0.0.1", redis.port());
        server.setDatabase(99);
        plain.withPropertyValues("ratelimit.store=redis")
                .withBean(LettuceConnectionFactory.class, () -> new LettuceConnectionFactory(server))
                .run(context -> assertThat(context)
                        .getFailure()
                        .isInstanceOf(InvalidRateLimitException.class)
                        .hasMessageContaining("spring.data.redis.database"));
    }

    @Test
    void aServerThatTakesNoWritesIsWarnedOfAndDoesNotStopTheStart() {
        try (RedisProcess full = new RedisProcess("maxmemory 1")) {
            plain.withPropertyValues("ratelimit.store=redis")
                    .withBean(
                            LettuceConnectionFactory.class,
                            () -> new LettuceConnectionFactory("127.0.0.1", full.port()))
                    .run(context -> assertThat(context).hasNotFailed());
        }
    }

    @Test
    void theApplicationsClientResourcesAreUsedAndLeftAlone() {
        AtomicInteger opened = new AtomicInteger();
        ClientResources resources = ClientResources.builder()
                .nettyCustomizer(new NettyCustomizer() {
                    @Override
                    public void afterChannelInitialized(Channel channel) {
                        opened.incrementAndGet();
                    }
                })
                .build();
        try {
            for (int i = 1; i <= 2; i++) { // the second application finds them as the first has left them
                int contexts = i;
                LettuceClientConfiguration settings = LettuceClientConfiguration.builder()
                        .clientResources(resources)
                        .build();
                plain.withPropertyValues(
                                "ratelimit.store=redis", "ratelimit.redis.timeout=5s", "ratelimit.key-prefix=r" + i)
                        .withBean(
                                LettuceConnectionFactory.class,
                                () -> new LettuceConnectionFactory(
                                        new RedisStandaloneConfiguration("127.0.0.1", redis.port()), settings))
                        .withBean(Orders.class)
                        .run(context -> {
                            assertThat(limiter(context)
                                            .tryAcquire(1, Duration.ZERO)
                                            .reason())
                                    .isEqualTo(Reason.WITHIN_LIMIT);
                            assertThat(opened).hasValue(contexts);
                        });
            }
        } finally {
            resources.shutdown(0, 0, TimeUnit.SECONDS);
        }
    }

    @Test
    void withoutAClientTheStartSaysWhatIsMissing() {
        plain.withPropertyValues("ratelimit.store=redis")
                .withClassLoader(new FilteredClassLoader("io.lettuce", "org.springframework.data.redis"))
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidRateLimitException.class)
                        .hasMessageContaining("'redis' needs Lettuce")
                        .hasMessageContaining("spring-boot-starter-data-redis"));
    }

    @Test
    void aPeriodThatRedisCannotTellStopsTheStart() {
        application
                .withPropertyValues("ratelimit.limits.orders.permits=1", "ratelimit.limits.orders.per=PT0.0000015S")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidRateLimitException.class)
                        .hasMessageContaining("no whole number of microseconds"));
    }

    @Test
    void anApplicationWithRedisCountsInMemoryUnlessToldOtherwise() {
        plain.withBean(LettuceConnectionFactory.class, () -> new LettuceConnectionFactory("127.0.0.1", redis.port()))
                .run(context -> assertThat(context.getBean(StoreRateLimiterRegistry.class)
                                .admission("", "")
                                .store()
                                .answersAtOnce())
                        .isTrue());
        application.run(context -> assertThat(context.getBean(StoreRateLimiterRegistry.class)
                        .admission("", "")
                        .store()
                        .answersAtOnce())
                .isFalse());
    }

    public static class Reports {

        @RateLimited(name = "reports", permits = 3, per = "1d", store = "redis")
        public void print() {}
    }

    @Test
    void aRedisThatIsThereForSomethingElseIsLeftAlone() {
        ApplicationContextRunner forCaching = plain.withPropertyValues("ratelimit.limits.mail.permits=1")
                .withBean(Orders.class)
                .withBean(LettuceConnectionFactory.class, () -> new LettuceConnectionFactory("127.0.0.1", 1));
        forCaching.run(context -> assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean("redisLimiterStore")
                .doesNotHaveBean(OwnRedisClient.class));
        forCaching
                .withPropertyValues("ratelimit.redis.timeout=5s")
                .run(context -> assertThat(context).hasBean("redisLimiterStore"));
    }

    @Test
    void anAnnotationMayNameIt() {
        plain.withPropertyValues("ratelimit.redis.timeout=5s")
                .withBean(Reports.class)
                .withBean(LettuceConnectionFactory.class, () -> new LettuceConnectionFactory("127.0.0.1", redis.port()))
                .run(context -> assertThat(context.getBean(StoreRateLimiterRegistry.class)
                                .describe("reports")
                                .store())
                        .isEqualTo("redis"));
    }

    @Test
    void aWrongTimeoutStopsTheStart() {
        application
                .withPropertyValues("ratelimit.redis.timeout=0s")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidRateLimitException.class)
                        .hasMessageContaining("ratelimit.redis: timeout = PT0S is not longer than zero"));
    }
}
