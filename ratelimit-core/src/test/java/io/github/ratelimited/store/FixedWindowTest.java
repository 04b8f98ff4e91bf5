package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class FixedWindowTest {

    private static final long SECOND = 1_000_000_000L;

    private final CompactAlgorithm ten = window(10, Duration.ofSeconds(1));

    @Nested
    class Windows {

        @Test
        void beginAtTheEpoch() {
            long epoch = Instant.parse("2026-07-01T13:14:15Z").getEpochSecond() * SECOND;
            CompactAlgorithm daily = window(1, Duration.ofDays(1));
            long sinceMidnight =
                    Duration.ofHours(13).plusMinutes(14).plusSeconds(15).toNanos();
            assertThat(daily.origin(777, epoch)).isEqualTo(777 - sinceMidnight);
        }

        @Test
        void beginAtTheEpochBefore1970Too() {
            assertThat(ten.origin(0, -1)).isEqualTo(-(SECOND - 1));
        }

        @ParameterizedTest
        @CsvSource({"9223372036854775807", "-9223372036854775808", "-5"})
        void beginAtTheEpochWhateverTheMonotonicClockSays(long now) {
            assertThat(now - ten.origin(now, 3 * SECOND + 250)).isEqualTo(250);
        }

        @Test
        void areNumberedSoThatStatesOfDifferentOriginsCompare() {
            long state = ten.take(ten.full(), 3 * SECOND, 4);
            long base = ten.base(0, 100 * SECOND);
            long laterBase = ten.base(2 * SECOND, 102 * SECOND);
            assertThat(ten.consumed(state + base - laterBase, SECOND)).isEqualTo(4);
        }
    }

    @Nested
    class Taking {

        @Test
        void givesAllPermitsOfAWindowAtOnceAndTheNextWhenItTurns() {
            long state = ten.take(ten.full(), 5, 10);
            assertThat(ten.earliest(state, 5, 1)).isEqualTo(SECOND);
            assertThat(ten.earliest(state, SECOND - 1, 1)).isEqualTo(SECOND);
            assertThat(ten.earliest(state, SECOND, 10)).isEqualTo(SECOND);
        }

        @Test
        void putsACallThatDoesNotFitWholeIntoTheNextWindow() {
            long state = ten.take(ten.full(), 5, 7);
            assertThat(ten.earliest(state, 5, 3)).isEqualTo(5);
            assertThat(ten.earliest(state, 5, 4)).isEqualTo(SECOND);
        }

        @Test
        void countsReservationsInTheWindowInWhichTheyGoOn() {
            long state = ten.take(ten.full(), 5, 7);
            state = ten.take(state, ten.earliest(state, 5, 4), 4);
            assertThat(ten.earliest(state, 5, 6)).isEqualTo(SECOND);
            assertThat(ten.earliest(state, 5, 7)).isEqualTo(2 * SECOND);
            state = ten.take(state, SECOND, 6);
            assertThat(ten.earliest(state, 5, 1)).isEqualTo(2 * SECOND);
        }

        @Test
        void forgetsAWindowThatIsOver() {
            long state = ten.take(ten.full(), 5, 7);
            assertThat(ten.consumed(state, SECOND - 1)).isEqualTo(7);
            assertThat(ten.consumed(state, SECOND)).isZero();
            assertThat(ten.nanosToFull(state, SECOND)).isZero();
        }

        @Test
        void isFullAgainWhenTheLastWindowWithAReservationEnds() {
            long state = ten.take(ten.full(), 5, 10);
            assertThat(ten.nanosToFull(state, 5)).isEqualTo(SECOND - 5);
            state = ten.take(state, SECOND, 1);
            assertThat(ten.nanosToFull(state, 5)).isEqualTo(2 * SECOND - 5);
        }

        @Test
        void worksBeforeItsOriginToo() {
            long state = ten.take(ten.full(), -SECOND / 2, 10);
            assertThat(ten.earliest(state, -1, 1)).isZero();
            assertThat(ten.consumed(state, -1)).isEqualTo(10);
        }
    }

    @Nested
    class GivingBack {

        @Test
        void restoresWhatWasThereBefore() {
            long before = ten.take(ten.full(), 5, 4);
            long taken = ten.take(before, 5, 6);
            assertThat(ten.giveBack(taken, 6, 6, before, 5)).isEqualTo(before);
        }

        @Test
        void restoresTheRoomThatAWaitingCallPassedOver() {
            long before = ten.take(ten.full(), 5, 6);
            long taken = ten.take(before, SECOND, 5);
            assertThat(ten.giveBack(taken, 6, 5, before, SECOND)).isEqualTo(before);
        }

        @Test
        void makesRoomEvenIfOthersHaveTakenSince() {
            long taken = ten.take(ten.full(), 5, 4);
            long after = ten.take(taken, 5, 6);
            assertThat(ten.consumed(ten.giveBack(after, 6, 4, ten.full(), 5), 6))
                    .isEqualTo(6);
        }

        @Test
        void isWorthNothingOnceItsWindowIsOver() {
            long taken = ten.take(ten.full(), 5, 4);
            assertThat(ten.giveBack(taken, SECOND, 4, ten.full(), 5)).isEqualTo(taken);
            long next = ten.take(taken, SECOND, 9);
            assertThat(ten.giveBack(next, SECOND, 4, ten.full(), 5)).isEqualTo(next);
        }

        @Test
        void neverLeavesAWindowWithLessThanNothingTaken() {
            long taken = ten.take(ten.full(), 5, 4);
            assertThat(ten.consumed(ten.giveBack(taken, 6, 10, ten.full(), 5), 6))
                    .isZero();
        }

        @Test
        void takesNothingFromTheWindowBeforeTheOneInWhichItWasReserved() {
            long full = ten.take(ten.full(), 2 * SECOND, 10);
            long reserved = ten.take(full, 3 * SECOND, 4);
            long cut = ten.giveBack(reserved, 5, 3);
            long state = ten.giveBack(cut, 5, 4, full, 3 * SECOND);
            assertThat(ten.earliest(state, 2 * SECOND, 1)).isEqualTo(3 * SECOND);
            assertThat(ten.consumed(state, 3 * SECOND)).isZero();
        }
    }

    @Nested
    class GivingBackWhatAnybodyTook {

        @Test
        void isOfThisWindow() {
            long state = ten.take(ten.take(ten.full(), 5, 4), 5, 6);
            assertThat(ten.consumed(ten.giveBack(state, 6, 3), 6)).isEqualTo(7);
            assertThat(ten.consumed(ten.giveBack(state, 6, 10), 6)).isZero();
        }

        @Test
        void isNeverMoreThanWasTakenInIt() {
            long state = ten.take(ten.take(ten.full(), 5, 10), SECOND, 2);
            state = ten.giveBack(state, SECOND, 10);
            assertThat(ten.consumed(state, SECOND)).isZero();
            assertThat(ten.earliest(ten.take(state, SECOND, 10), SECOND, 1)).isEqualTo(2 * SECOND);
        }

        @Test
        void isNothingOnceTheWindowIsOver() {
            long state = ten.take(ten.full(), 5, 10);
            assertThat(ten.giveBack(state, SECOND, 10)).isEqualTo(state);
            assertThat(ten.giveBack(ten.full(), SECOND, 10)).isEqualTo(ten.full());
        }

        @Test
        void isFirstOfTheLaterWindowInWhichSomebodyWaits() {
            long state = ten.take(ten.take(ten.full(), 5, 10), SECOND, 4);
            assertThat(ten.earliest(ten.giveBack(state, 6, 4), 6, 10)).isEqualTo(SECOND);
            assertThat(ten.earliest(ten.giveBack(state, 6, 4), 6, 1)).isEqualTo(SECOND);
            assertThat(ten.earliest(ten.giveBack(state, 6, 5), 6, 1)).isEqualTo(6);
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "7", "10", "25"})
    void consumeIsTheInverseOfConsumed(long permits) {
        assertThat(ten.consumed(ten.consume(permits, 12345), 12345)).isEqualTo(permits);
    }

    @Nested
    class OverALongTime {

        @ParameterizedTest(name = "{0} per {1}, for {2} s")
        @CsvSource({
            "3, PT1S, 1000000, 3000000",
            "1, P1D, 86400000, 1000",
            "10000000, PT1S, 2, 20000000",
            "1000003, P1D, 172800, 2000006",
            "999983, PT1S, 3, 2999949"
        })
        void eachWindowGivesItsPermitsAndNotOneMore(long permits, Duration period, long seconds, long expected) {
            CompactAlgorithm window = window(permits, period);
            long state = window.full();
            long taken = 0;
            for (long at = 0; at < seconds * SECOND; at = window.earliest(state, at, 1)) {
                state = window.take(state, at, 1);
                taken++;
            }
            assertThat(taken).isEqualTo(expected);
        }
    }

    @Nested
    class AtTheExtremes {

        @Test
        void theLongestWaitIsAsManyWindowsAsAStateCanNumberAndAtMostHalfOfTime() {
            assertThat(window(Limit.MAX_PERMITS, Duration.ofSeconds(1)).maxWait())
                    .isEqualTo((1L << 60) / Limit.MAX_PERMITS * SECOND);
            assertThat(window(3, Duration.ofNanos(12)).maxWait()).isEqualTo(Long.MAX_VALUE / 2);
        }

        @Test
        void anOriginServesForAMinuteUnlessTheLongestWaitIsLess() {
            assertThat(ten.validity()).isEqualTo(60 * SECOND);
            assertThat(window(Limit.MAX_PERMITS, Duration.ofNanos(1)).validity())
                    .isEqualTo((1L << 60) / Limit.MAX_PERMITS);
        }

        static Stream<Arguments> limits() {
            return Stream.of(
                    Arguments.of(1, Duration.ofNanos(1)),
                    Arguments.of(Limit.MAX_PERMITS, Duration.ofNanos(1)),
                    Arguments.of(1, Limit.MAX_PERIOD),
                    Arguments.of(Limit.MAX_PERMITS, Limit.MAX_PERIOD),
                    Arguments.of(999_999_999_989L, Limit.MAX_PERIOD.minusNanos(1)));
        }

        @ParameterizedTest
        @MethodSource("limits")
        void theRuleHolds(long permits, Duration period) {
            CompactAlgorithm window = window(permits, period);
            for (long start : new long[] {0, window.validity() / 2, window.validity()}) {
                long turn = (Math.floorDiv(start, period.toNanos()) + 1) * period.toNanos();
                assertThat(window.earliest(window.full(), start, permits)).isEqualTo(start);
                long state = window.take(window.full(), start, permits);
                assertThat(window.earliest(state, start, 1)).isEqualTo(turn);
                assertThat(window.consumed(state, start)).isEqualTo(permits);
                assertThat(window.consumed(state, turn)).isZero();
                assertThat(window.nanosToFull(state, start)).isEqualTo(turn - start);
            }
        }

        @ParameterizedTest
        @MethodSource("limits")
        void nothingOverflowsAtTheLongestWaitAndTheHorizon(long permits, Duration period) {
            CompactAlgorithm window = window(permits, period);
            long start = window.validity();
            long at = start + window.maxWait();
            long state = window.take(window.take(window.full(), start, permits), at, permits);
            assertThat(state).isPositive();
            assertThat(window.earliest(state, start, permits)).isGreaterThan(at);
            assertThat(window.consumed(state, start)).isGreaterThanOrEqualTo(permits);
            assertThat(window.nanosToFull(state, start)).isGreaterThanOrEqualTo(window.maxWait());
            assertThat(window.nanosToFull(state, start + window.horizon())).isZero();
        }
    }

    private static CompactAlgorithm window(long permits, Duration period) {
        return CompactAlgorithm.of(Limit.of(permits, period).withAlgorithm(Algorithm.FIXED_WINDOW));
    }
}
