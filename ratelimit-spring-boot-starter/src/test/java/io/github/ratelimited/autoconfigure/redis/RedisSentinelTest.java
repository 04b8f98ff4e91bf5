package io.github.ratelimited.autoconfigure.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.sentinel.api.StatefulRedisSentinelConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.embedded.RedisSentinel;

/** {@code spring.data.redis.sentinel}: the limit goes on in the server that takes over. */
@Timeout(60)
class RedisSentinelTest {

    private static final long PAUSE = 5_000_000;

    @Test
    void whatWasTakenFromAMasterThatDiesIsTakenFromTheNextOne() throws IOException {
        try (RedisProcess master = new RedisProcess();
                RedisProcess replica = new RedisProcess(
                        "replicaof 127.0.0.1 " + master.port(),
                        "repl-diskless-sync yes",
                        "repl-diskless-sync-delay 0")) {
            int port = RedisProcess.freePort();
            RedisSentinel sentinel = RedisSentinel.newRedisSentinel()
                    .port(port)
                    .masterName("limits")
                    .masterPort(master.port())
                    .quorumSize(1)
                    .downAfterMilliseconds(1000)
                    .failOverTimeout(10_000)
                    .build();
            sentinel.start();
            try {
                RedisApplication.with(
                                "spring.data.redis.sentinel.master=limits",
                                "spring.data.redis.sentinel.nodes=127.0.0.1:" + port)
                        .run(context -> {
                            RateLimiter mail =
                                    context.getBean(RateLimiterRegistry.class).get("mail");
                            assertThat(mail.tryAcquire()).isTrue();
                            awaitReplica(master.port(), port);
                            master.kill();
                            assertThat(ask(mail, "bob").reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
                            await(() -> ask(mail, "bob").reason() == Reason.WITHIN_LIMIT);
                            assertThat(mail.tryAcquire()).isFalse();
                            assertThat(mail.forKey("bob").tryAcquire()).isFalse();
                            assertThat(isIn(replica.port(), "ratelimit:mail:{bob}"))
                                    .isTrue();
                        });
            } finally {
                sentinel.stop();
            }
        }
    }

    private static Decision ask(RateLimiter limiter, String key) {
        return limiter.forKey(key).tryAcquire(1, Duration.ZERO);
    }

    private static boolean isIn(int port, String key) {
        RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", port));
        try {
            return client.connect().sync().exists(key) == 1;
        } finally {
            client.shutdown(0, 0, TimeUnit.SECONDS);
        }
    }

    /** Until it has all that was written, and is known to the Sentinel. */
    private static void awaitReplica(int masterPort, int sentinelPort) {
        RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", masterPort));
        try (StatefulRedisSentinelConnection<String, String> sentinel =
                client.connectSentinel(RedisURI.create("127.0.0.1", sentinelPort))) {
            RedisCommands<String, String> operator = client.connect().sync();
            await(() -> {
                operator.incr("written");
                return operator.waitForReplication(1, 100) == 1;
            });
            await(() -> "1".equals(sentinel.sync().master("limits").get("num-slaves")));
        } finally {
            client.shutdown(0, 0, TimeUnit.SECONDS);
        }
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) { // for as long as a test may take
            LockSupport.parkNanos(PAUSE);
        }
    }
}
