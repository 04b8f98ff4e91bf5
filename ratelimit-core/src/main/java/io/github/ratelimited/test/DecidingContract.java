package io.github.ratelimited.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a store decides. */
abstract class DecidingContract extends StoreUnderTest {

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
    void keeps_the_part_that_was_taken_when_the_limit_changes(Algorithm algorithm) {
        acquire(limit(10, DAY, algorithm), 5);
        assertThat(acquire(limit(100, DAY, algorithm), 1).remaining()).isBetween(48L, 49L);
        assertThat(acquire(limit(10, DAY, algorithm), 1).remaining()).isBetween(2L, 4L);
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
        Decision denied = acquire(limit, 2);
        for (int i = 0; i < 1000 && denied.allowed(); i++) {
            denied = acquire(limit, 2);
        }
        assertThat(denied.allowed()).isFalse();
        Duration retryAfter = denied.retryAfter();
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
}
