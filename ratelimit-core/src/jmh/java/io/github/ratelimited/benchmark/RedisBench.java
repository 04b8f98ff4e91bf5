package io.github.ratelimited.benchmark;

import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.FailSafeStore;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.MergingStore;
import io.github.ratelimited.store.RememberedDenials;
import io.github.ratelimited.store.StoreFailurePolicy;
import io.github.ratelimited.store.StoreRateLimiter;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.store.redis.FlushTogether;
import io.github.ratelimited.store.redis.RedisConnection;
import io.github.ratelimited.store.redis.RedisLimiterStore;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;
import redis.embedded.RedisServer;

/** A Redis server of this machine, and all that the subjects need to ask it. */
final class RedisBench implements AutoCloseable {

    private static final Pattern CALLS = Pattern.compile("cmdstat_([^:]+):calls=(\\d+),usec=(\\d+)");

    final RedisClient client;
    final StatefulRedisConnection<String, String> connection;
    final FailSafeStore failSafe;
    private final int port = freePort();
    private final RedisServer server;
    private final RedisClient own;
    private final RedisConnection ours;
    private final Admission admission;
    private RedissonClient redisson;
    private int limiters;

    RedisBench() throws Exception {
        server = RedisServer.newRedisServer()
                .port(port)
                .setting("save \"\"")
                .setting("appendonly no")
                .build();
        server.start();
        client = RedisClient.create(RedisURI.create("127.0.0.1", port));
        client.setOptions(ClientOptions.builder().autoReconnect(false).build());
        connection = client.connect();
        TimeSource time = TimeSource.system();
        own = RedisClient.create(FlushTogether.by(client.getResources()), RedisURI.create("127.0.0.1", port));
        own.setOptions(client.getOptions());
        ours = new RedisConnection(own, time);
        ours.connect().toCompletableFuture().get(20, TimeUnit.SECONDS);
        // A timeout that a busy machine does not reach: what stands in must not be measured for the store.
        failSafe = new FailSafeStore(
                new MergingStore(new RedisLimiterStore(ours, "ratelimit:")),
                "redis",
                time,
                Duration.ofSeconds(5),
                name -> StoreFailurePolicy.valueOf(name.id().replaceAll("[0-9]", "")),
                new MemoryLimiterStore(time, 1000),
                1);
        admission = new Admission(new RememberedDenials(failSafe, time, 10_000), time);
    }

    /** Ours, with all that surrounds it in an application; denies what the store did not decide, so that a failure is seen. */
    RateLimiter limiter(Limit limit) {
        return limiter(limit, StoreFailurePolicy.DENY);
    }

    RateLimiter limiter(Limit limit, StoreFailurePolicy policy) {
        return new StoreRateLimiter(LimitName.of(policy.name() + limiters++), limit, admission);
    }

    RedissonClient redisson() {
        if (redisson == null) {
            Config config = new Config();
            config.useSingleServer().setAddress("redis://127.0.0.1:" + port);
            redisson = Redisson.create(config);
        }
        return redisson;
    }

    /** How often each command was called, those within scripts too. */
    Map<String, Long> calls() {
        return stats(2);
    }

    /** How many microseconds the server took for each command. */
    Map<String, Long> micros() {
        return stats(3);
    }

    private Map<String, Long> stats(int group) {
        Map<String, Long> stats = new TreeMap<>();
        Matcher matcher = CALLS.matcher(connection.sync().info("commandstats"));
        while (matcher.find()) {
            stats.put(matcher.group(1), Long.valueOf(matcher.group(group)));
        }
        return stats;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    void stopServer() throws IOException {
        server.stop();
    }

    @Override
    public void close() {
        failSafe.close();
        ours.close();
        if (redisson != null) {
            redisson.shutdown(0, 1, TimeUnit.SECONDS);
        }
        own.shutdown(0, 1, TimeUnit.SECONDS);
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }
}
