package io.github.ratelimited.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What comes back: by refunds, by an operator, and by being forgotten. */
abstract class ReturningContract extends DecidingContract {

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

    /** Of a joint denial each part says how that limit alone would have decided, and has taken nothing. */
    @ParameterizedTest
    @EnumSource
    void refunds_nothing_for_a_part_of_what_was_denied(Algorithm algorithm) {
        Limit wide = limit(5, DAY, algorithm);
        Limit narrow = limit(1, DAY, algorithm);
        AcquireRequest both = new AcquireRequest(
                List.of(store().claim(NAME, wide, null, 1, 0), store().claim(OTHER, narrow, null, 1, 0)));
        store().acquire(both);
        Decision denied = store().acquire(both);
        for (Decision part : denied.parts()) {
            store().refund(AcquireRequest.of(both.claims().get(0)), part);
        }
        assertThat(acquire(wide, 4).allowed()).isTrue();
        assertThat(acquire(wide, 1).allowed()).isFalse();
    }

    /** Neither to its numbers nor to what was taken. */
    @ParameterizedTest
    @EnumSource
    void does_nothing_to_a_changed_limit_by_a_refund_from_before_the_change(Algorithm algorithm) {
        Limit old = limit(1000, DAY, algorithm);
        Limit limit = limit(10, DAY, algorithm);
        AcquireRequest one = request(NAME, old, "key", 1, Duration.ZERO);
        AcquireRequest both = both(old, old, Duration.ZERO);
        Decision taken = store().acquire(one);
        Decision takenOfBoth = store().acquire(both);
        assertThat(store().acquire(request(NAME, limit, "key", 1, Duration.ZERO))
                        .remaining())
                .isEqualTo(8);
        store().refund(one, taken);
        store().refund(both, takenOfBoth);
        assertThat(store().peek(store().claim(NAME, limit, "key", 1, 0)).remaining())
                .isEqualTo(8);
        assertThat(store().peek(store().claim(OTHER, old, "key", 1, 0)).remaining())
                .isEqualTo(1000);
    }
}
