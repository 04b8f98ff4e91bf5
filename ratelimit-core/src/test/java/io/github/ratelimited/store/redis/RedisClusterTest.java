package io.github.ratelimited.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Await;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.UnusableBucketException;
import io.github.ratelimited.test.LimiterStoreContract;
import io.lettuce.core.cluster.SlotHash;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The contract by a real cluster, and what is special about one: buckets live on different nodes. */
@Timeout(120)
class RedisClusterTest extends LimiterStoreContract {

    private static final AtomicInteger TESTS = new AtomicInteger();
    private static final Duration DAY = Duration.ofDays(1);

    private static LocalCluster cluster;

    private final String prefix = "test" + TESTS.incrementAndGet() + ":";
    private final LimiterStore store = new RedisLimiterStore(cluster.connection(), prefix);
    private final Claim first = new Claim(on(0), Limit.of(5, DAY), null, 1, 0);
    private final Claim second = new Claim(on(2), Limit.of(1, DAY), null, 1, 0);
    private final AcquireRequest both = new AcquireRequest(List.of(first, second));

    @BeforeAll
    static void start(@TempDir Path directory) {
        cluster = new LocalCluster(directory);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Override
    protected LimiterStore store() {
        return store;
    }

    /** The servers' clock is nobody's to move. */
    @Override
    protected void pass(Duration duration) {
        long until = System.nanoTime() + duration.toNanos();
        while (System.nanoTime() - until < 0) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
    }

    /** A limit without keys whose bucket is in that third of the slots, and so on that node; in order of names. */
    private LimitName on(int third) {
        return IntStream.range(0, 1000)
                .mapToObj(i -> LimitName.of("node" + third + "-" + i))
                .filter(name -> slot(name, null) * 3 / SlotHash.SLOT_COUNT == third)
                .findFirst()
                .orElseThrow();
    }

    private int slot(LimitName name, String key) {
        return SlotHash.getSlot(RedisClaim.redisKey(prefix, name, key));
    }

    private void awaitBack(Claim claim) {
        Await.until(
                "the permits are back",
                () -> store.peek(claim).remaining() == claim.limit().burst());
    }

    @Test
    void limits_on_two_nodes_are_both_taken() {
        Decision allowed = store.acquire(both);
        assertThat(allowed.allowed()).isTrue();
        assertThat(allowed.parts()).extracting(Decision::remaining).containsExactly(4L, 0L);
        store.refund(both, allowed);
        awaitBack(first);
        awaitBack(second);
    }

    @Test
    void what_one_node_gave_goes_back_if_the_other_denies() {
        store.acquire(AcquireRequest.of(second));
        Decision denied = store.acquire(both);
        assertThat(denied.allowed()).isFalse();
        assertThat(denied.limitName()).isEqualTo(second.name().shown());
        awaitBack(first);
    }

    @Test
    void what_one_node_gave_goes_back_if_the_other_fails() {
        cluster.commands().rpush(RedisClaim.redisKey(prefix, second.name(), null), "theirs");
        assertThatExceptionOfType(UnusableBucketException.class).isThrownBy(() -> store.acquire(both));
        assertThatExceptionOfType(UnusableBucketException.class).isThrownBy(() -> store.giveBack(second));
        awaitBack(first);
    }

    @Test
    void two_limits_of_one_key_are_on_one_node() {
        for (String key : List.of("ann", "ä", "a b", "a:b", "12")) {
            assertThat(slot(first.name(), key)).as(key).isEqualTo(slot(second.name(), key));
        }
    }
}
