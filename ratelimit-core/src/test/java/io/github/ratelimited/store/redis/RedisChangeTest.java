package io.github.ratelimited.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitMode;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.LimitChange;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimitPolicies;
import io.github.ratelimited.store.MergingStore;
import io.github.ratelimited.store.ModeStore;
import io.github.ratelimited.store.Proportion;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A limit that several instances share on a real Redis, changed while it is in use. */
@Timeout(60)
class RedisChangeTest {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration LONG = Duration.ofDays(1);

    private final LocalRedis redis = new LocalRedis();

    @AfterEach
    void stop() {
        redis.close();
    }

    private StoreRateLimiterRegistry node() {
        LimitPolicies policies = new LimitPolicies();
        Admission admission = new Admission(
                new ModeStore(new MergingStore(new RedisLimiterStore(redis.connection(), "change:")), policies),
                TimeSource.system());
        StoreRateLimiterRegistry node = new StoreRateLimiterRegistry(admission, Map.of(), policies, null, null);
        node.declare(LimitName.of("a"), Limit.of(4, HOUR), 0, "a test");
        return node;
    }

    private static List<CompletableFuture<Decision>> waiting(StoreRateLimiterRegistry node) {
        assertThat(node.get("a").tryAcquire(4)).isTrue();
        List<CompletableFuture<Decision>> turns = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            turns.add(node.get("a").acquireAsync(1, LONG));
        }
        while (node.waiting(LimitName.of("a")) < 5) {
            Thread.onSpinWait(); // the answers are on their way
        }
        return turns;
    }

    @Test
    void whoWaitsGoesByTheNewNumbersAndOtherInstancesCountByThemWhenTheyHaveThem() throws Exception {
        StoreRateLimiterRegistry one = node();
        StoreRateLimiterRegistry two = node();
        List<CompletableFuture<Decision>> turns = waiting(one);
        one.replace("a", Limit.of(40_000, HOUR).withBurst(4));
        for (CompletableFuture<Decision> turn : turns) {
            assertThat(turn.get(30, TimeUnit.SECONDS).limit().permits()).isEqualTo(40_000);
        }
        two.replace("a", Limit.of(40_000, HOUR).withBurst(4));
        assertThat(two.get("a").peek().limit().permits()).isEqualTo(40_000);
        assertThat(two.get("a").acquireAsync(1, LONG).get(30, TimeUnit.SECONDS).allowed())
                .isTrue();
    }

    @Test
    void whoWaitsIsLetGoWhenTheLimitIsSwitchedOffAndWhatWasReservedForHimIsThereAgain() throws Exception {
        StoreRateLimiterRegistry node = node();
        List<CompletableFuture<Decision>> turns = waiting(node);
        node.change("a", LimitChange.of(policy -> policy.withMode(LimitMode.OFF)));
        for (CompletableFuture<Decision> turn : turns) {
            turn.get(30, TimeUnit.SECONDS);
        }
        node.change("a", LimitChange.of(policy -> policy.withMode(LimitMode.ENFORCE)));
        assertThat(node.get("a").peek().retryAfter()).isLessThanOrEqualTo(HOUR.dividedBy(4));
    }

    /** The product is above 2^53, where the server's numbers are no longer whole. */
    @Test
    void aPartOfAVeryLargeLimitIsRoundedAgainstTheCaller() {
        RedisLimiterStore store = new RedisLimiterStore(redis.connection(), "change:");
        Limit from = window(160_329_669);
        Limit to = window(163_383_683);
        store.acquire(AcquireRequest.of(store.claim(LimitName.of("a"), from, null, 152_387_192, 0)));
        assertThat(store.peek(store.claim(LimitName.of("a"), to, null, 1, 0)).remaining())
                .isEqualTo(to.permits() - Proportion.scaled(152_387_192, from, to))
                .isEqualTo(to.permits() - 155_289_916);
    }

    private static Limit window(long permits) {
        return Limit.of(permits, Limit.MAX_PERIOD).withAlgorithm(Algorithm.FIXED_WINDOW);
    }
}
