package io.github.ratelimited.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimiterStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every {@link LimiterStore} must do, whatever it counts in: the laws of this library, as far as a store can break
 * them. A store passes this unchanged or is none. Its test extends this class and says which {@link #store()} it is about
 * and how time {@linkplain #pass passes} for it. Needs JUnit Jupiter, with its parameterized tests, and AssertJ.
 *
 * <p>How exact a store is within a moment, its own tests compare with a model: nobody can stop the clock of any store.
 */
public abstract class LimiterStoreContract extends ReturningContract {

    @ParameterizedTest
    @EnumSource
    void keeps_keys_and_limits_apart(Algorithm algorithm) {
        Limit limit = limit(1, DAY, algorithm);
        assertThat(acquire(limit, 1).allowed()).isTrue();
        for (String key : List.of("", "a", "b", "a|b", "contract", "{a}", "a b", "ä")) {
            AcquireRequest keyed = request(NAME, limit, key, 1, Duration.ZERO);
            assertThat(store().acquire(keyed).allowed()).as(key).isTrue();
            assertThat(store().acquire(keyed).allowed()).as(key).isFalse();
        }
        assertThat(store().acquire(request(OTHER, limit, "a", 1, Duration.ZERO)).allowed())
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void gives_what_the_limit_holds_and_no_more_whoever_asks_at_once(Algorithm algorithm) {
        Limit limit = limit(100, DAY, algorithm);
        AcquireRequest one = request(NAME, limit, "key", 1, Duration.ZERO);
        assertThat(atOnce(20, () -> store().acquire(one).allowed())).isEqualTo(100);
        assertThat(store().acquire(one).allowed()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void takes_several_limits_or_none_whoever_asks_at_once(Algorithm algorithm) {
        Limit wide = limit(1000, DAY, algorithm);
        Limit narrow = limit(40, DAY, algorithm);
        AcquireRequest both = both(wide, narrow, Duration.ZERO);
        assertThat(atOnce(15, () -> store().acquire(both).allowed())).isEqualTo(40);
        assertThat(remaining(NAME, wide)).isEqualTo(960);
        assertThat(remaining(OTHER, narrow)).isZero();
    }

    /** Not even for the moment in which it is decided. */
    @ParameterizedTest
    @EnumSource
    void denies_nobody_by_a_limit_because_of_a_call_that_another_limit_denied(Algorithm algorithm) {
        Limit wide = limit(160, DAY, algorithm);
        Limit used = limit(1, DAY, algorithm);
        store().acquire(request(OTHER, used, "key", 1, Duration.ZERO));
        AcquireRequest denied = both(wide, used, Duration.ZERO);
        AcquireRequest one = request(NAME, wide, "key", 1, Duration.ZERO);
        assertThat(atOnce(
                        20,
                        () -> !store().acquire(denied).allowed()
                                && store().acquire(one).allowed()))
                .isEqualTo(160);
    }

    @ParameterizedTest
    @EnumSource
    void loses_no_permit_of_those_who_give_back_at_once(Algorithm algorithm) {
        Limit limit = limit(50, DAY, algorithm);
        AcquireRequest one = request(NAME, limit, null, 1, Duration.ZERO);
        assertThat(atOnce(20, () -> {
                    Decision taken = store().acquire(one);
                    store().refund(one, taken);
                    return taken.allowed();
                }))
                .isEqualTo(20 * THREADS);
        // Of a call that was refunded after another one a tick may have refilled.
        assertThat(acquire(limit, 49).allowed()).isTrue();
        assertThat(acquire(limit, 2).allowed()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void counts_what_another_node_counts(Algorithm algorithm) {
        Limit limit = limit(4, DAY, algorithm);
        LimiterStore other = storeOfAnotherNode();
        AcquireRequest one = request(NAME, limit, "key", 1, Duration.ofDays(2));
        AcquireRequest theirs = AcquireRequest.of(other.claim(NAME, limit, "key", 1, 0));
        Decision taken = store().acquire(one);
        for (int i = 0; i < 3; i++) {
            assertThat(other.acquire(theirs).allowed()).isTrue();
        }
        assertThat(other.acquire(theirs).allowed()).isFalse();
        store().refund(one, taken);
        assertThat(store().peek(store().claim(NAME, limit, "key", 1, 0)).allowed())
                .isTrue();
        assertThat(other.acquire(theirs).allowed()).isTrue();
        other.reset(NAME, "key");
        assertThat(store().peek(store().claim(NAME, limit, "key", 4, 0)).allowed())
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void keeps_a_limited_key_limited_however_many_others_come(Algorithm algorithm) {
        Limit limit = limit(1, DAY, algorithm);
        isAllowed(limit, "limited");
        for (int i = 0; i < 200; i++) {
            store().acquire(request(NAME, limit, "other" + i, 1, Duration.ZERO));
        }
        assertThat(isAllowed(limit, "limited")).isFalse();
    }

    /** Whatever it means elsewhere, and however long it is. */
    @ParameterizedTest
    @EnumSource
    void takes_a_key_for_what_it_is(Algorithm algorithm) {
        Limit limit = limit(1, DAY, algorithm);
        List<String> keys = List.of(
                "'; DROP TABLE rate_limit; --",
                "' OR '1'='1",
                "${user.home}",
                "#{T(java.lang.Runtime)}",
                "T(java.lang.System).exit(1)",
                "*",
                "%",
                "\n",
                "\r\nSET a b",
                "\0",
                "KEYS[1]",
                "}{",
                "a",
                "A",
                "a ",
                "\uD83D\uDE00",
                "\uD800",
                "x".repeat(10_000),
                "x".repeat(10_001));
        for (String key : keys) {
            assertThat(isAllowed(limit, key)).as(key).isTrue();
        }
        for (String key : keys) {
            assertThat(isAllowed(limit, key)).as(key).isFalse();
            store().reset(NAME, key);
            assertThat(isAllowed(limit, key)).as(key).isTrue();
        }
    }

    @Test
    void answers_asynchronously_and_in_batches_what_it_answers_at_once() {
        Limit limit = Limit.of(2, DAY);
        AcquireRequest one = request(NAME, limit, null, 1, Duration.ZERO);
        assertThat(store().acquireAsync(one).toCompletableFuture().join().remaining())
                .isEqualTo(1);
        assertThat(store().acquireAll(List.of(one, one, one))
                        .toCompletableFuture()
                        .join())
                .extracting(Decision::allowed)
                .containsExactly(true, false, false);
    }

    @Test
    void knows_whether_one_claim_may_go_on() {
        Claim claim = store().claim(NAME, Limit.of(1, DAY), null, 1, 0);
        assertThat(store().tryAcquire(claim)).isTrue();
        assertThat(store().tryAcquire(claim)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void takes_a_claim_that_is_none_of_its_own(Algorithm algorithm) {
        Limit limit = limit(1, DAY, algorithm);
        Claim foreign = new Claim(NAME, limit, "key", 1, 0);
        assertThat(store().peek(foreign).allowed()).isTrue();
        assertThat(store().acquire(AcquireRequest.of(foreign)).allowed()).isTrue();
        assertThat(store().tryAcquire(foreign)).isFalse();
        assertThat(isAllowed(limit, "key")).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void answers_a_batch_for_many_buckets_in_its_order(Algorithm algorithm) {
        Limit limit = limit(1, DAY, algorithm);
        List<AcquireRequest> batch = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            batch.add(request(NAME, limit, "key" + i % 10, i % 7 == 6 ? 2 : 1, Duration.ZERO));
        }
        List<Decision> together =
                store().acquireAll(batch).toCompletableFuture().join();
        Set<String> taken = new HashSet<>();
        for (int i = 0; i < batch.size(); i++) {
            boolean fits = batch.get(i).claims().get(0).cost() == 1 && taken.add("key" + i % 10);
            assertThat(together.get(i).allowed()).as("request %s", i).isEqualTo(fits);
        }
        assertThat(store().acquireAll(List.of()).toCompletableFuture().join()).isEmpty();
    }

    @Test
    void answers_a_thread_that_was_interrupted_and_leaves_it_so() {
        Limit limit = Limit.of(1, DAY);
        Thread.currentThread().interrupt();
        boolean first = isAllowed(limit, "key");
        boolean second = isAllowed(limit, "key");
        boolean interrupted = Thread.interrupted();
        assertThat(first).isTrue();
        assertThat(second).isFalse();
        assertThat(interrupted).isTrue();
    }
}
