package io.github.ratelimited.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
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
public abstract class LimiterStoreContract {

    private static final int THREADS = 8;

    private static final LimitName NAME = LimitName.of("contract");
    private static final LimitName OTHER = LimitName.of("other");
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration SHORT = Duration.ofMillis(200);

    /** A store without memory of former tests; the same one throughout a test. */
    protected abstract LimiterStore store();

    /** Lets at least that much time go by for the store: moves its clock or, if that is nobody's to move, sleeps. */
    protected abstract void pass(Duration duration);

    /** The store as another node of the application has it; the same one if its permits are those of one node. */
    protected LimiterStore storeOfAnotherNode() {
        return store();
    }

    private static Limit limit(long permits, Duration period, Algorithm algorithm) {
        return Limit.of(permits, period).withAlgorithm(algorithm);
    }

    private AcquireRequest request(LimitName name, Limit limit, @Nullable String key, long cost, Duration maxWait) {
        return AcquireRequest.of(store().claim(name, limit, key, cost, maxWait.toNanos()));
    }

    private Decision acquire(Limit limit, long cost) {
        return store().acquire(request(NAME, limit, null, cost, Duration.ZERO));
    }

    private boolean isAllowed(Limit limit, String key) {
        return store().acquire(request(NAME, limit, key, 1, Duration.ZERO)).allowed();
    }

    /** A request for one permit of each, by one key: what a cluster keeps together. */
    private AcquireRequest both(Limit limit, Limit other, Duration maxWait) {
        return new AcquireRequest(List.of(
                store().claim(NAME, limit, "key", 1, maxWait.toNanos()),
                store().claim(OTHER, other, "key", 1, maxWait.toNanos())));
    }

    private long remaining(LimitName name, Limit limit) {
        return store().peek(store().claim(name, limit, "key", 1, 0)).remaining();
    }

    /** Does it {@code times} times in each of several threads at once; how often it said yes. */
    private static int atOnce(int times, BooleanSupplier deed) {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<Future<Integer>> counts = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                counts.add(threads.submit(() -> {
                    start.await();
                    int count = 0;
                    for (int n = 0; n < times; n++) {
                        count += deed.getAsBoolean() ? 1 : 0;
                    }
                    return count;
                }));
            }
            int all = 0;
            for (Future<Integer> count : counts) {
                all += count.get();
            }
            return all;
        } catch (InterruptedException | ExecutionException failure) {
            throw new AssertionError("a thread could not go on", failure);
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @EnumSource
    void allows_what_the_limit_holds_and_no_more(Algorithm algorithm) {
        Limit limit = limit(3, DAY, algorithm);
        for (long remaining = 2; remaining >= 0; remaining--) {
            Decision decision = acquire(limit, 1);
            assertThat(decision.allowed()).isTrue();
            assertThat(decision.reason()).isEqualTo(Reason.WITHIN_LIMIT);
            assertThat(decision.remaining()).isEqualTo(remaining);
            assertThat(decision.retryAfter()).isZero();
            assertThat(decision.waitTime()).isZero();
        }
        Decision denied = acquire(limit, 1);
        assertThat(denied.allowed()).isFalse();
        assertThat(denied.reason()).isEqualTo(Reason.OVER_LIMIT);
        assertThat(denied.limitName()).isEqualTo("contract");
        assertThat(denied.limit()).isEqualTo(limit);
        assertThat(denied.remaining()).isZero();
        assertThat(denied.retryAfter()).isPositive().isLessThanOrEqualTo(DAY);
        assertThat(denied.resetAfter()).isPositive().isLessThanOrEqualTo(DAY);
    }

    /** Those for whom it is reserved go when they have been told to; after them the new numbers hold. */
    @Test
    void what_is_reserved_ahead_closes_a_changed_limit_for_as_long_as_it_did() {
        Limit fast = Limit.of(1_000, Duration.ofSeconds(1)).withBurst(10);
        for (int i = 0; i < 501; i++) {
            assertThat(store().acquire(request(NAME, fast, null, 10, DAY)).allowed())
                    .isTrue();
        }
        Limit slow = Limit.of(10, Duration.ofSeconds(1)).withBurst(10);
        Decision denied = store().peek(store().claim(NAME, slow, null, 1, 0));
        assertThat(denied.allowed()).isFalse();
        assertThat(denied.retryAfter()).isLessThanOrEqualTo(Duration.ofMillis(5_101));
    }

    @ParameterizedTest
    @EnumSource
    void has_permits_again_when_they_have_come(Algorithm algorithm) {
        Limit limit = limit(1, SHORT, algorithm);
        acquire(limit, 1);
        pass(SHORT);
        assertThat(acquire(limit, 1).allowed()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void takes_nothing_for_a_denied_call(Algorithm algorithm) {
        Limit limit = limit(5, DAY, algorithm);
        acquire(limit, 3);
        for (int i = 0; i < 10; i++) {
            assertThat(acquire(limit, 3).remaining()).isEqualTo(2);
        }
        assertThat(acquire(limit, 2).allowed()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void denies_for_good_what_costs_more_than_the_limit_ever_holds(Algorithm algorithm) {
        Limit limit = limit(5, DAY, algorithm);
        Decision denied = store().acquire(request(NAME, limit, null, 6, Duration.ofDays(1000)));
        assertThat(denied.allowed()).isFalse();
        assertThat(denied.reason()).isEqualTo(Reason.COST_ABOVE_LIMIT);
        assertThat(denied.retryAfter()).isNull();
        assertThat(acquire(limit, 5).allowed()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void reserves_permits_for_callers_who_wait_one_after_the_other(Algorithm algorithm) {
        Limit limit = limit(1, DAY, algorithm);
        AcquireRequest waiting = request(NAME, limit, null, 1, Duration.ofDays(3));
        acquire(limit, 1);
        Duration first = store().acquire(waiting).waitTime();
        Duration second = store().acquire(waiting).waitTime();
        assertThat(first).isPositive().isLessThanOrEqualTo(DAY);
        assertThat(second.minus(first)).isBetween(DAY.minusSeconds(1), DAY.plusSeconds(1));
        assertThat(acquire(limit, 1).allowed()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void denies_a_wait_that_does_not_fit_and_reserves_nothing_for_it(Algorithm algorithm) {
        Limit limit = limit(1, DAY, algorithm);
        acquire(limit, 1);
        store().acquire(request(NAME, limit, null, 1, Duration.ofDays(2)));
        AcquireRequest hopeless = request(NAME, limit, null, 1, Duration.ofSeconds(1));
        Duration before = store().acquire(hopeless).retryAfter();
        Duration after = store().acquire(hopeless).retryAfter();
        assertThat(before).isNotNull();
        assertThat(after).isNotNull().isLessThanOrEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource
    void gives_permits_back_once(Algorithm algorithm) {
        Limit limit = limit(2, DAY, algorithm);
        AcquireRequest one = request(NAME, limit, null, 1, Duration.ZERO);
        Decision taken = store().acquire(one);
        acquire(limit, 1);
        store().refund(one, taken);
        store().refund(one, taken);
        assertThat(acquire(limit, 1).allowed()).isTrue();
        assertThat(acquire(limit, 1).allowed()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void gives_a_reserved_turn_back_to_the_next(Algorithm algorithm) {
        Limit limit = limit(1, DAY, algorithm);
        AcquireRequest waiting = request(NAME, limit, null, 1, Duration.ofDays(3));
        acquire(limit, 1);
        Decision turn = store().acquire(waiting);
        store().refund(waiting, turn);
        assertThat(store().acquire(waiting).waitTime()).isLessThanOrEqualTo(turn.waitTime());
    }

    @ParameterizedTest
    @EnumSource
    void ignores_the_refund_of_what_has_come_back_by_itself(Algorithm algorithm) {
        Limit limit = limit(1, SHORT, algorithm);
        AcquireRequest one = request(NAME, limit, null, 1, Duration.ZERO);
        Decision old = store().acquire(one);
        pass(SHORT.multipliedBy(2));
        Decision later = store().acquire(request(NAME, limit, null, 1, Duration.ofSeconds(10)));
        Decision next = store().acquire(request(NAME, limit, null, 1, Duration.ofSeconds(10)));
        store().refund(one, old);
        Decision third = store().acquire(request(NAME, limit, null, 1, Duration.ofSeconds(10)));
        assertThat(later.allowed()).isTrue();
        assertThat(third.waitTime()).isGreaterThan(next.waitTime());
    }

    @ParameterizedTest
    @EnumSource
    void gives_back_what_was_taken_whoever_took_it(Algorithm algorithm) {
        Limit limit = limit(5, DAY, algorithm);
        for (String key : new String[] {null, "key"}) {
            store().acquire(request(NAME, limit, key, 3, Duration.ZERO));
            store().acquire(request(NAME, limit, key, 2, Duration.ZERO));
            store().giveBack(store().claim(NAME, limit, key, 4, 0));
            assertThat(store().acquire(request(NAME, limit, key, 4, Duration.ZERO))
                            .allowed())
                    .isTrue();
            assertThat(store().acquire(request(NAME, limit, key, 1, Duration.ZERO))
                            .allowed())
                    .isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void gives_back_no_more_than_was_taken(Algorithm algorithm) {
        Limit limit = limit(5, DAY, algorithm);
        for (long permits : new long[] {3, 5, 6, Long.MAX_VALUE}) {
            Claim any = new Claim(NAME, limit, "key", permits, 0);
            store().giveBack(any);
            assertThat(store().acquire(request(NAME, limit, "key", 2, Duration.ZERO))
                            .remaining())
                    .isEqualTo(3);
            store().giveBack(any);
            assertThat(store().peek(store().claim(NAME, limit, "key", 5, 0)).allowed())
                    .isTrue();
        }
        assertThat(store().peek(store().claim(NAME, limit, "key", 1, 0)).remaining())
                .isEqualTo(5);
    }

    @ParameterizedTest
    @EnumSource
    void gives_back_and_refunds_no_more_than_the_limit_holds(Algorithm algorithm) {
        Limit limit = limit(5, DAY, algorithm);
        AcquireRequest three = request(NAME, limit, null, 3, Duration.ZERO);
        Decision taken = store().acquire(three);
        store().giveBack(store().claim(NAME, limit, null, 3, 0));
        store().refund(three, taken);
        assertThat(acquire(limit, 5).allowed()).isTrue();
        assertThat(acquire(limit, 1).allowed()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void gives_back_to_nobody_before_the_turn_of_who_waits(Algorithm algorithm) {
        Limit limit = limit(1, DAY, algorithm);
        acquire(limit, 1);
        Decision turn = store().acquire(request(NAME, limit, null, 1, Duration.ofDays(3)));
        store().giveBack(store().claim(NAME, limit, null, 1, 0));
        Decision next = store().acquire(request(NAME, limit, null, 1, Duration.ofDays(3)));
        assertThat(next.waitTime()).isGreaterThan(turn.waitTime().minusSeconds(30));
    }

    @ParameterizedTest
    @EnumSource
    void gives_back_by_the_numbers_that_are_in_force_now(Algorithm algorithm) {
        for (Algorithm before : Algorithm.values()) {
            Limit old = limit(10, DAY, before);
            Limit limit = limit(100, DAY, algorithm);
            store().reset(NAME, "key");
            store().acquire(request(NAME, old, "key", 10, Duration.ZERO));
            store().giveBack(store().claim(NAME, limit, "key", 30, 0));
            assertThat(store().acquire(request(NAME, limit, "key", 30, Duration.ZERO))
                            .allowed())
                    .isTrue();
            assertThat(store().acquire(request(NAME, limit, "key", 30, Duration.ZERO))
                            .allowed())
                    .isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void takes_several_limits_or_none(Algorithm algorithm) {
        Limit wide = limit(5, DAY, algorithm);
        Limit narrow = limit(1, DAY, algorithm);
        AcquireRequest both = new AcquireRequest(
                List.of(store().claim(NAME, wide, null, 1, 0), store().claim(OTHER, narrow, null, 1, 0)));
        Decision allowed = store().acquire(both);
        assertThat(allowed.allowed()).isTrue();
        assertThat(allowed.parts()).extracting(Decision::remaining).containsExactly(4L, 0L);
        Decision denied = store().acquire(both);
        assertThat(denied.allowed()).isFalse();
        assertThat(denied.limitName()).isEqualTo("other");
        assertThat(acquire(wide, 4).allowed()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void gives_several_limits_back(Algorithm algorithm) {
        Limit wide = limit(5, DAY, algorithm);
        Limit narrow = limit(1, DAY, algorithm);
        AcquireRequest both = new AcquireRequest(
                List.of(store().claim(NAME, wide, null, 1, 0), store().claim(OTHER, narrow, null, 1, 0)));
        store().refund(both, store().acquire(both));
        assertThat(store().acquire(both).allowed()).isTrue();
        assertThat(acquire(wide, 4).allowed()).isTrue();
    }

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
    void peeks_without_taking(Algorithm algorithm) {
        Limit limit = limit(2, DAY, algorithm);
        Claim claim = store().claim(NAME, limit, "key", 1, 0);
        assertThat(store().peek(claim).remaining()).isEqualTo(2);
        store().acquire(AcquireRequest.of(claim));
        for (int i = 0; i < 10; i++) {
            assertThat(store().peek(claim).allowed()).isTrue();
            assertThat(store().peek(claim).remaining()).isEqualTo(1);
        }
        store().acquire(AcquireRequest.of(claim));
        assertThat(store().peek(claim).allowed()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void forgets_what_it_is_told_to(Algorithm algorithm) {
        Limit limit = limit(1, DAY, algorithm);
        for (String key : new String[] {null, "key"}) {
            AcquireRequest one = request(NAME, limit, key, 1, Duration.ZERO);
            store().acquire(one);
            store().reset(NAME, key);
            assertThat(store().acquire(one).allowed()).isTrue();
            assertThat(store().acquire(one).allowed()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void keeps_the_part_that_was_taken_when_the_limit_changes(Algorithm algorithm) {
        acquire(limit(10, DAY, algorithm), 5);
        assertThat(acquire(limit(100, DAY, algorithm), 1).remaining()).isBetween(48L, 49L);
        assertThat(acquire(limit(10, DAY, algorithm), 1).remaining()).isBetween(2L, 4L);
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

    /** What it cannot count exactly a store may refuse, by an {@link InvalidRateLimitException}. */
    @Test
    void counts_the_slowest_and_the_fastest_limit_or_refuses_it() {
        for (Limit limit : List.of(
                Limit.of(1, DAY),
                Limit.of(1, Limit.MAX_PERIOD),
                Limit.of(10_000_000, Duration.ofSeconds(1)),
                Limit.of(Limit.MAX_PERMITS, Duration.ofSeconds(1)),
                Limit.of(Limit.MAX_PERMITS, Limit.MAX_PERIOD),
                Limit.of(1, Duration.ofNanos(1)),
                Limit.of(1, Duration.ofSeconds(1)).withBurst(100_000_000),
                Limit.of(Limit.MAX_PERMITS, DAY).withAlgorithm(Algorithm.FIXED_WINDOW),
                Limit.of(1, Limit.MAX_PERIOD).withAlgorithm(Algorithm.FIXED_WINDOW),
                Limit.of(1, Limit.MAX_PERIOD).withAlgorithm(Algorithm.SLIDING_WINDOW),
                Limit.of(1_000_000, DAY).withAlgorithm(Algorithm.SLIDING_WINDOW))) {
            for (long cost : new long[] {1, limit.burst(), Long.MAX_VALUE}) {
                try {
                    goesOn(limit, cost);
                } catch (InvalidRateLimitException refused) {
                    assertThat(refused).hasMessageContaining(NAME.shown());
                }
            }
        }
    }

    private void goesOn(Limit limit, long cost) {
        String key = "cost" + cost;
        for (Duration maxWait : List.of(Duration.ZERO, Duration.ofSeconds(1), Duration.ofNanos(Long.MAX_VALUE))) {
            for (int i = 0; i < 5; i++) {
                Decision decision = store().acquire(request(NAME, limit, key, cost, maxWait));
                assertThat(decision.remaining()).as("%s", decision).isBetween(0L, limit.burst());
                assertThat(decision.waitTime()).as("%s", decision).isBetween(Duration.ZERO, maxWait);
                assertThat(decision.resetAfter()).as("%s", decision).isGreaterThanOrEqualTo(Duration.ZERO);
                assertThat(decision.retryAfter() == null).as("%s", decision).isEqualTo(cost > limit.burst());
            }
        }
        store().reset(NAME, key);
    }

    @ParameterizedTest
    @EnumSource
    void lets_each_wait_a_period_longer_than_the_one_before_as_long_as_anyone_likes(Algorithm algorithm) {
        Limit limit = limit(1, DAY, algorithm);
        AcquireRequest patient = request(NAME, limit, null, 1, Duration.ofNanos(Long.MAX_VALUE));
        Duration first =
                store().acquire(request(NAME, limit, null, 1, Duration.ZERO)).resetAfter();
        for (int i = 0; i < 10; i++) {
            assertThat(store().acquire(patient).waitTime())
                    .isBetween(
                            first.plus(DAY.multipliedBy(i)).minusMinutes(1),
                            first.plus(DAY.multipliedBy(i)).plusMinutes(1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void takes_several_limits_for_the_moment_of_the_longest_wait(Algorithm algorithm) {
        Limit free = limit(2, DAY, algorithm);
        Limit used = limit(1, DAY, algorithm);
        AcquireRequest next = request(OTHER, used, "key", 1, DAY.multipliedBy(9));
        for (int turns = 1; turns <= 3; turns++) {
            store().acquire(next);
            AcquireRequest both = both(free, used, DAY.multipliedBy(9));
            Decision waits = store().acquire(both);
            Duration wait = waits.waitTime();
            assertThat(waits.allowed()).isTrue();
            assertThat(wait).isBetween(DAY.multipliedBy(turns - 1), DAY.multipliedBy(turns));
            assertThat(waits.parts()).extracting(Decision::waitTime).containsExactly(wait, wait);
            store().refund(both, waits);
            assertThat(store().peek(store().claim(NAME, free, "key", 2, 0)).allowed())
                    .as("free again after a wait of %s", wait)
                    .isTrue();
        }
        assertThat(store().acquire(next).waitTime()).isBetween(DAY.multipliedBy(2), DAY.multipliedBy(3));
    }

    @ParameterizedTest
    @EnumSource
    void allows_whoever_comes_when_it_has_told_him_to(Algorithm algorithm) {
        Limit limit = limit(3, SHORT, algorithm);
        while (acquire(limit, 2).allowed()) {
            assertThat(limit.period()).isEqualTo(SHORT); // until it denies
        }
        Duration retryAfter = acquire(limit, 2).retryAfter();
        assertThat(retryAfter).isNotNull().isLessThanOrEqualTo(SHORT);
        pass(Objects.requireNonNull(retryAfter));
        assertThat(acquire(limit, 2).allowed()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void is_as_if_never_used_when_it_has_said_so(Algorithm algorithm) {
        Limit limit = limit(3, SHORT, algorithm);
        AcquireRequest three = request(NAME, limit, "key", 3, Duration.ofSeconds(10));
        store().acquire(three);
        pass(store().acquire(three).resetAfter());
        Decision peeked = store().peek(store().claim(NAME, limit, "key", 3, 0));
        assertThat(peeked.allowed()).isTrue();
        assertThat(peeked.remaining()).isEqualTo(3);
        assertThat(peeked.resetAfter()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void refunds_nothing_that_was_taken_before_a_reset(Algorithm algorithm) {
        Limit limit = limit(2, DAY, algorithm);
        AcquireRequest two = request(NAME, limit, null, 2, Duration.ZERO);
        Decision old = store().acquire(two);
        pass(Duration.ofMillis(2));
        store().reset(NAME, null);
        pass(Duration.ofMillis(2));
        store().acquire(two);
        store().refund(two, old);
        assertThat(acquire(limit, 1).allowed()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void refunds_nothing_for_what_was_denied_or_only_looked_at(Algorithm algorithm) {
        Limit limit = limit(2, DAY, algorithm);
        AcquireRequest one = request(NAME, limit, null, 1, Duration.ZERO);
        store().refund(one, store().peek(one.claims().get(0)));
        acquire(limit, 2);
        store().refund(one, store().acquire(one));
        assertThat(acquire(limit, 1).allowed()).isFalse();
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
