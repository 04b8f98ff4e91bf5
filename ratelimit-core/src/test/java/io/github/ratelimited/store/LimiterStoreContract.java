package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every store must do, whatever it counts in. A store passes this unchanged or does not exist: its test says which
 * {@link #store()} and how time {@linkplain #pass passes} for it.
 */
public abstract class LimiterStoreContract {

    private static final LimitName NAME = LimitName.of("contract");
    private static final LimitName OTHER = LimitName.of("other");
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration SHORT = Duration.ofMillis(200);

    /** A store without memory of former tests; the same one throughout a test. */
    protected abstract LimiterStore store();

    /** Lets at least that much time go by for the store. */
    protected abstract void pass(Duration duration);

    private static Limit limit(long permits, Duration period, Algorithm algorithm) {
        return Limit.of(permits, period).withAlgorithm(algorithm);
    }

    private AcquireRequest request(LimitName name, Limit limit, @Nullable String key, long cost, Duration maxWait) {
        return AcquireRequest.of(store().claim(name, limit, key, cost, maxWait.toNanos()));
    }

    private Decision acquire(Limit limit, long cost) {
        return store().acquire(request(NAME, limit, null, cost, Duration.ZERO));
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
}
