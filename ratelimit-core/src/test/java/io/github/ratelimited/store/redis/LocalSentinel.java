package io.github.ratelimited.store.redis;

import io.github.ratelimited.store.Await;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.sentinel.api.StatefulRedisSentinelConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import redis.embedded.RedisSentinel;

/** A Sentinel of this machine, whose word is enough: it promotes the replica of a master that is gone for a second. */
public final class LocalSentinel implements AutoCloseable {

    public static final String MASTER = "limits";

    private final int port = LocalRedis.freePort();
    private final RedisSentinel sentinel;

    public LocalSentinel(LocalRedis master) {
        sentinel = RedisSentinel.newRedisSentinel()
                .port(port)
                .masterName(MASTER)
                .masterPort(master.port())
                .quorumSize(1)
                .downAfterMilliseconds(1000)
                .failOverTimeout(10_000)
                .build();
        try {
            sentinel.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    /** Until it knows whom to promote. */
    public void awaitReplica() {
        RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", port));
        try (StatefulRedisSentinelConnection<String, String> connection = client.connectSentinel()) {
            Await.until(
                    "the Sentinel knows the replica",
                    () -> "1".equals(connection.sync().master(MASTER).get("num-slaves")));
        } finally {
            client.shutdown(0, 0, TimeUnit.SECONDS);
        }
    }

    @Override
    public void close() {
        try {
            sentinel.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
