package io.github.ratelimited.store.redis;

import static io.github.ratelimited.Decision.Reason.STORE_UNAVAILABLE;
import static io.github.ratelimited.Decision.Reason.WITHIN_LIMIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Await;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.FailSafeStore;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.MergingStore;
import io.github.ratelimited.store.StoreFailurePolicy;
import io.github.ratelimited.store.StoreLoad;
import io.github.ratelimited.store.TcpRelay;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Another server takes over, and goes on by what it has been told until then. */
@Timeout(120)
class RedisFailoverTest {

    private static final Duration DAY = Duration.ofDays(1);
    private static final int PERMITS = 100;
    private static final int TAKEN = 60;

    private final LocalRedis master = new LocalRedis();
    private final LocalRedis replica = new LocalRedis(
            "replicaof 127.0.0.1 " + master.port(), "repl-diskless-sync yes", "repl-diskless-sync-delay 0");
    private final List<AutoCloseable> opened = new ArrayList<>(List.of(master, replica));

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size(); i > 0; i--) {
            opened.get(i - 1).close();
        }
    }

    private FailSafeStore store(RedisURI uri) {
        RedisClient client = LocalRedis.client(uri);
        opened.add(() -> client.shutdown(0, 0, TimeUnit.SECONDS));
        TimeSource time = TimeSource.system();
        RedisConnection connection = new RedisConnection(client, time);
        opened.add(connection);
        LocalRedis.connected(connection);
        FailSafeStore store = new FailSafeStore(
                new MergingStore(new RedisLimiterStore(connection, "")),
                "redis",
                time,
                Duration.ofSeconds(1),
                name -> StoreFailurePolicy.DENY,
                new MemoryLimiterStore(time, 1000),
                1);
        opened.add(store);
        return store;
    }

    private static AcquireRequest request(Algorithm algorithm, String key) {
        Limit limit = Limit.of(PERMITS, DAY).withAlgorithm(algorithm);
        return AcquireRequest.of(new Claim(LimitName.of(algorithm.name()), limit, key, 1, 0));
    }

    private static AcquireRequest plenty() {
        Limit limit = Limit.of(1_000_000_000, DAY);
        return AcquireRequest.of(new Claim(LimitName.of("plenty"), limit, null, 1, 0));
    }

    private static void take(LimiterStore store) {
        for (Algorithm algorithm : Algorithm.values()) {
            for (int i = 0; i < TAKEN; i++) {
                assertThat(store.acquire(request(algorithm, "ann")).reason()).isEqualTo(WITHIN_LIMIT);
            }
        }
    }

    private void awaitReplica() {
        RedisCommands<String, String> operator = master.commands();
        Await.until("the replica is there", () -> {
            operator.incr("written"); // what is waited for is what this connection has written, and all before it
            return operator.waitForReplication(1, 100) == 1;
        });
    }

    private void assertThatTheReplicaGoesOn(LimiterStore store) {
        for (Algorithm algorithm : Algorithm.values()) {
            long more = 0;
            while (store.acquire(request(algorithm, "ann")).allowed()) {
                more++;
            }
            assertThat(more).as(algorithm.name()).isEqualTo(PERMITS - TAKEN);
        }
        assertThat(replica.commands().info("errorstats"))
                .as("scripts it had to be sent")
                .contains("errorstat_NOSCRIPT");
    }

    @Test
    void aReplicaThatASentinelPromotesUnderLoadGoesOn() {
        LocalSentinel sentinel = new LocalSentinel(master);
        opened.add(sentinel);
        FailSafeStore store = store(RedisURI.Builder.sentinel("127.0.0.1", sentinel.port(), LocalSentinel.MASTER)
                .build());
        take(store);
        awaitReplica();
        sentinel.awaitReplica();
        try (StoreLoad load = new StoreLoad(store, plenty())) {
            load.awaitReason(WITHIN_LIMIT);
            master.kill();
            assertThat(load.awaitReason(STORE_UNAVAILABLE).allowed()).isFalse();
            load.awaitReason(WITHIN_LIMIT);
        }
        assertThat(store.available()).isTrue();
        assertThatTheReplicaGoesOn(store);
    }

    @Test
    void aMasterThatBecomesAReplicaIsLeftForTheNewOne() throws Exception {
        TcpRelay relay = new TcpRelay(master.port());
        opened.add(relay);
        FailSafeStore store = store(RedisURI.create("127.0.0.1", relay.port()));
        take(store);
        awaitReplica();
        try (StoreLoad load = new StoreLoad(store, plenty())) {
            load.awaitReason(WITHIN_LIMIT);
            replica.commands().replicaofNoOne();
            master.commands().replicaof("127.0.0.1", replica.port());
            assertThat(load.awaitReason(STORE_UNAVAILABLE).allowed()).isFalse();
            relay.leadTo(replica.port());
            load.awaitReason(WITHIN_LIMIT);
        }
        assertThat(store.available()).isTrue();
        assertThatTheReplicaGoesOn(store);
    }
}
