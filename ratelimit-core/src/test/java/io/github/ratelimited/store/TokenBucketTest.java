package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Limit;
import java.math.BigInteger;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TokenBucketTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long DAY = 86_400 * SECOND;

    private final CompactAlgorithm tenPerSecond = bucket(Limit.of(10, Duration.ofSeconds(1)));

    @Nested
    class Taking {

        @Test
        void startsFull() {
            assertThat(tenPerSecond.earliest(tenPerSecond.full(), 0, 10)).isZero();
            assertThat(tenPerSecond.consumed(tenPerSecond.full(), 0)).isZero();
            assertThat(tenPerSecond.nanosToFull(tenPerSecond.full(), 0)).isZero();
        }

        /** As a thread may see it that has read the clock before another chose the origin. */
        @Test
        void isFullBeforeItsOriginToo() {
            assertThat(tenPerSecond.earliest(tenPerSecond.full(), -SECOND, 10)).isEqualTo(-SECOND);
            assertThat(tenPerSecond.consumed(tenPerSecond.full(), -SECOND)).isZero();
        }

        @Test
        void comesInEvenStepsOnceTheBurstIsUsed() {
            long state = tenPerSecond.take(tenPerSecond.full(), 0, 10);
            for (int i = 1; i <= 25; i++) {
                long at = tenPerSecond.earliest(state, 0, 1);
                assertThat(at).isEqualTo(i * SECOND / 10);
                state = tenPerSecond.take(state, at, 1);
            }
        }

        @Test
        void waitsToTheNanosecondAndNotOneLess() {
            CompactAlgorithm threePerSecond = bucket(Limit.of(3, Duration.ofSeconds(1)));
            long state = threePerSecond.take(threePerSecond.full(), 0, 3);
            assertThat(threePerSecond.earliest(state, 0, 1)).isEqualTo(333_333_334);
            assertThat(threePerSecond.earliest(state, 333_333_333, 1)).isEqualTo(333_333_334);
            assertThat(threePerSecond.earliest(state, 333_333_334, 1)).isEqualTo(333_333_334);
        }

        @Test
        void neverHoldsMoreThanTheBurstHoweverLongItIsIdle() {
            long state = tenPerSecond.take(tenPerSecond.full(), 0, 1);
            long later = 1_000 * DAY;
            state = tenPerSecond.take(state, later, 10);
            assertThat(tenPerSecond.earliest(state, later, 1)).isEqualTo(later + SECOND / 10);
        }

        @Test
        void ofALaterCallNeverComesBeforeThatOfAnEarlierOne() {
            long state = tenPerSecond.take(tenPerSecond.full(), 0, 10);
            long large = tenPerSecond.earliest(state, 0, 10);
            state = tenPerSecond.take(state, large, 10);
            assertThat(tenPerSecond.earliest(state, 0, 1)).isEqualTo(large + SECOND / 10);
        }
    }

    @Nested
    class GivingBack {

        @Test
        void restoresWhatWasThereBefore() {
            long before = tenPerSecond.take(tenPerSecond.full(), 0, 4);
            long taken = tenPerSecond.take(before, 0, 5);
            assertThat(tenPerSecond.giveBack(taken, 0, 5, before, 0)).isEqualTo(before);
        }

        @Test
        void restoresWhateverTheOrder() {
            long one = tenPerSecond.take(tenPerSecond.full(), 0, 4);
            long both = tenPerSecond.take(one, 0, 5);
            long second = tenPerSecond.giveBack(both, 0, 4, tenPerSecond.full(), 0);
            assertThat(tenPerSecond.consumed(second, 0)).isEqualTo(5);
            assertThat(tenPerSecond.consumed(tenPerSecond.giveBack(second, 0, 5, one, 0), 0))
                    .isZero();
        }

        @Test
        void givesOnlyWhatHasNotRefilledSince() {
            long full = tenPerSecond.full();
            long taken = tenPerSecond.take(full, 0, 4);
            long state = tenPerSecond.giveBack(taken, 3 * SECOND / 10, 4, full, 0);
            assertThat(tenPerSecond.consumed(state, 3 * SECOND / 10)).isZero();
            assertThat(tenPerSecond.giveBack(taken, SECOND, 4, full, 0)).isEqualTo(taken);
        }

        @Test
        void givesAWaitingReservationBackWholeIfItIsTheLast() {
            long empty = tenPerSecond.take(tenPerSecond.full(), 0, 10);
            long turn = tenPerSecond.earliest(empty, 0, 3);
            long reserved = tenPerSecond.take(empty, turn, 3);
            assertThat(tenPerSecond.giveBack(reserved, 0, 3, empty, turn)).isEqualTo(empty);
        }

        @Test
        void givesNothingBackOnWhichALaterReservationStands() {
            long empty = tenPerSecond.take(tenPerSecond.full(), 0, 10);
            long turn = tenPerSecond.earliest(empty, 0, 1);
            long first = tenPerSecond.take(empty, turn, 1);
            long second = tenPerSecond.take(first, tenPerSecond.earliest(first, 0, 1), 1);
            assertThat(tenPerSecond.giveBack(second, 0, 1, empty, turn)).isEqualTo(second);
        }

        @Test
        void givesNothingForWhatIsNotThereAnyMore() {
            long full = tenPerSecond.full();
            assertThat(tenPerSecond.giveBack(full, 0, 4, full, 0)).isEqualTo(full);
        }
    }

    @Nested
    class GivingBackWhatAnybodyTook {

        @Test
        void isToThePermit() {
            long state = tenPerSecond.take(tenPerSecond.full(), 0, 10);
            state = tenPerSecond.giveBack(state, SECOND / 20, 3);
            assertThat(tenPerSecond.earliest(state, SECOND / 20, 3)).isEqualTo(SECOND / 20);
            assertThat(tenPerSecond.earliest(state, SECOND / 20, 4)).isEqualTo(SECOND / 10);
        }

        @Test
        void isNeverMoreThanFullNow() {
            long state = tenPerSecond.take(tenPerSecond.full(), 0, 4);
            state = tenPerSecond.giveBack(state, 0, 10);
            assertThat(tenPerSecond.consumed(state, 0)).isZero();
            assertThat(tenPerSecond.earliest(tenPerSecond.take(state, 0, 10), 0, 1))
                    .isEqualTo(SECOND / 10);
        }

        @Test
        void isNeverMoreThanFullBeforeItsOriginEither() {
            CompactAlgorithm threePerSecond = bucket(Limit.of(3, Duration.ofSeconds(1)));
            long state = threePerSecond.take(threePerSecond.full(), -SECOND, 3);
            assertThat(threePerSecond.consumed(threePerSecond.giveBack(state, -SECOND, 3), -SECOND))
                    .isZero();
        }

        @Test
        void isNothingForAFullOne() {
            long full = tenPerSecond.full();
            assertThat(tenPerSecond.giveBack(full, 0, 10)).isEqualTo(full);
            long refilled = tenPerSecond.take(full, 0, 10);
            assertThat(tenPerSecond.giveBack(refilled, 2 * SECOND, 10)).isEqualTo(refilled);
        }

        @Test
        void letsWhoComesLaterGoWithTheLastWhoWait() {
            long state = tenPerSecond.take(tenPerSecond.full(), 0, 10);
            for (int i = 1; i <= 5; i++) {
                state = tenPerSecond.take(state, i * SECOND / 10, 1);
            }
            state = tenPerSecond.giveBack(state, 0, 2);
            assertThat(tenPerSecond.earliest(state, 0, 2)).isEqualTo(5 * SECOND / 10);
            assertThat(tenPerSecond.earliest(state, 0, 3)).isEqualTo(6 * SECOND / 10);
        }

        @Test
        void doesNotOverflow() {
            long most = 1_000_000_000_000L;
            CompactAlgorithm large = bucket(Limit.of(most, Duration.ofDays(1)));
            long state = large.take(large.full(), large.validity(), most);
            assertThat(large.consumed(large.giveBack(state, large.validity(), most), large.validity()))
                    .isZero();
            assertThat(large.giveBack(large.full(), large.validity(), most)).isEqualTo(large.full());
        }
    }

    @Nested
    class Telling {

        @Test
        void whatWasTakenRoundedUp() {
            long state = tenPerSecond.take(tenPerSecond.full(), 0, 4);
            assertThat(tenPerSecond.consumed(state, 0)).isEqualTo(4);
            assertThat(tenPerSecond.consumed(state, 1)).isEqualTo(4);
            assertThat(tenPerSecond.consumed(state, SECOND / 10 - 1)).isEqualTo(4);
            assertThat(tenPerSecond.consumed(state, SECOND / 10)).isEqualTo(3);
            assertThat(tenPerSecond.consumed(state, SECOND)).isZero();
        }

        @Test
        void whenItWillBeFullRoundedUp() {
            CompactAlgorithm threePerSecond = bucket(Limit.of(3, Duration.ofSeconds(1)));
            long state = threePerSecond.take(threePerSecond.full(), 0, 1);
            assertThat(threePerSecond.nanosToFull(state, 0)).isEqualTo(333_333_334);
            assertThat(threePerSecond.nanosToFull(state, 333_333_333)).isEqualTo(1);
            assertThat(threePerSecond.nanosToFull(state, 333_333_334)).isZero();
        }

        @ParameterizedTest
        @CsvSource({"0", "1", "7", "10", "25"})
        void consumeIsTheInverseOfConsumed(long permits) {
            assertThat(tenPerSecond.consumed(tenPerSecond.consume(permits, 12345), 12345))
                    .isEqualTo(permits);
            CompactAlgorithm threePerSecond = bucket(Limit.of(3, Duration.ofSeconds(1)));
            assertThat(threePerSecond.consumed(threePerSecond.consume(permits, SECOND), SECOND))
                    .isEqualTo(permits);
        }

        /** 2^61 ticks of a nanosecond ahead at 10^8 ticks a permit, and the ten that it holds. */
        @Test
        void consumeEndsWhereTheLongestWaitDoes() {
            assertThat(tenPerSecond.consumed(tenPerSecond.consume(Long.MAX_VALUE, 0), 0))
                    .isEqualTo(23_058_430_092L + 10);
        }

        @Test
        void anOriginServesForTheTimeThatTicksCanCount() {
            assertThat(tenPerSecond.validity()).isEqualTo(1L << 60);
            assertThat(bucket(Limit.of(3, Duration.ofSeconds(1))).validity()).isEqualTo((1L << 60) / 3);
        }
    }

    @Nested
    class Ticks {

        /** 2^20 permits of 2^40 ticks are the largest capacity there is. */
        @Test
        void areExactUpToTheLargestCapacity() {
            CompactAlgorithm largest =
                    bucket(Limit.of(5, Duration.ofNanos(1L << 40)).withBurst(1 << 20));
            long state = largest.take(largest.full(), 0, 1 << 20);
            assertThat(largest.earliest(state, 0, 5)).isEqualTo(1L << 40);
        }

        /** 13,343 ticks to the nanosecond leave room for two days; of this rate they make a permit of just 2^30. */
        @Test
        void areCoarseForTheSakeOfALongWaitIfThatIsFineEnough() {
            CompactAlgorithm bucket = bucket(Limit.of(3 * 13_343, Duration.ofNanos((3L << 30) + 1)));
            assertThat(bucket.maxWait()).isEqualTo((1L << 61) / 13_343).isGreaterThan(2 * DAY);
        }
    }

    /** Somebody who takes each permit at the first moment it is there gets what the rate says, to the last permit. */
    @Nested
    class OverALongTime {

        @ParameterizedTest(name = "{0} per {1}, for {2} s")
        @CsvSource({
            "3, PT1S, 1000000, 3000000",
            "1, P1D, 86400000, 1000",
            "10000000, PT1S, 1, 10000000",
            "999983, PT1S, 3, 2999949",
            "7, PT1M, 6000000, 700000"
        })
        void nothingIsLostAndNothingGained(long permits, Duration period, long seconds, long expected) {
            Limit limit = Limit.of(permits, period);
            assertThat(countGreedily(limit, seconds * SECOND)).isEqualTo(expected);
        }

        @Test
        void arateThatNoTicksFitIsNeverTooHighAndTooLowByLessThanOnePermit() {
            Limit limit = Limit.of(1_000_003, Duration.ofDays(1));
            assertThat(countGreedily(limit, 3 * DAY)).isBetween(3 * 1_000_003L - 1, 3 * 1_000_003L);
        }

        /** By many small steps of time, so that an error of each step would add up. */
        @Test
        void pollingAtOddMomentsGainsNothingEither() {
            Limit limit = Limit.of(3, Duration.ofSeconds(1)).withBurst(1);
            CompactAlgorithm bucket = bucket(limit);
            long state = bucket.take(bucket.full(), 0, 1);
            long taken = 0;
            long until = 100_000 * SECOND;
            for (long now = 0; now <= until; now += 33_333_331) {
                if (bucket.earliest(state, now, 1) == now) {
                    state = bucket.take(state, now, 1);
                    taken++;
                }
            }
            assertThat(taken).isLessThanOrEqualTo(300_000).isGreaterThan(250_000);
        }

        private long countGreedily(Limit limit, long until) {
            CompactAlgorithm bucket = bucket(limit);
            long state = bucket.take(bucket.full(), 0, limit.burst());
            long taken = 0;
            for (long at = bucket.earliest(state, 0, 1); at <= until; at = bucket.earliest(state, at, 1)) {
                state = bucket.take(state, at, 1);
                taken++;
            }
            return taken;
        }
    }

    @Nested
    class AtTheExtremes {

        static Stream<Arguments> limits() {
            long most = Limit.MAX_PERMITS;
            Duration longest = Limit.MAX_PERIOD;
            Duration nano = Duration.ofNanos(1);
            return Stream.of(
                    Arguments.of(Limit.of(1, nano)),
                    Arguments.of(Limit.of(most, nano)),
                    Arguments.of(Limit.of(most, nano).withBurst(1)),
                    Arguments.of(Limit.of(1, nano).withBurst(most)),
                    Arguments.of(Limit.of(1, longest)),
                    Arguments.of(Limit.of(most, longest)),
                    Arguments.of(Limit.of(most, longest).withBurst(1)),
                    Arguments.of(Limit.of(999_999_999_989L, longest)),
                    Arguments.of(Limit.of(999_999_999_989L, nano)),
                    Arguments.of(Limit.of(999_999_999_989L, longest.minusNanos(1))),
                    Arguments.of(Limit.of(3, longest.minusNanos(1))));
        }

        /** The burst passes at once, the next permit comes when the rate says and not a nanosecond earlier. */
        @ParameterizedTest
        @MethodSource("limits")
        void theRateHolds(Limit limit) {
            CompactAlgorithm bucket = bucket(limit);
            for (long start : new long[] {0, bucket.validity() / 2, bucket.validity()}) {
                assertThat(bucket.earliest(bucket.full(), start, limit.burst())).isEqualTo(start);
                long state = bucket.take(bucket.full(), start, limit.burst());
                long one = bucket.earliest(state, start, 1) - start;
                assertThat(refilled(limit, one)).isGreaterThanOrEqualTo(periods(limit, 1));
                assertThat(refilled(limit, one - 1)).isLessThanOrEqualTo(slightlyMore(limit, periods(limit, 1)));
                long all = bucket.earliest(state, start, limit.burst()) - start;
                assertThat(refilled(limit, all)).isGreaterThanOrEqualTo(periods(limit, limit.burst()));
                assertThat(refilled(limit, all - 1))
                        .isLessThanOrEqualTo(slightlyMore(limit, periods(limit, limit.burst())));
                assertThat(bucket.consumed(state, start)).isEqualTo(limit.burst());
                assertThat(bucket.consumed(state, start + all)).isZero();
                assertThat(bucket.nanosToFull(state, start)).isEqualTo(all);
            }
        }

        @ParameterizedTest
        @MethodSource("limits")
        void nothingOverflowsAtTheLongestWaitAndTheHorizon(Limit limit) {
            CompactAlgorithm bucket = bucket(limit);
            long start = bucket.validity();
            long at = start + bucket.maxWait();
            long state = bucket.take(bucket.take(bucket.full(), start, limit.burst()), at, limit.burst());
            assertThat(state).isPositive();
            assertThat(bucket.earliest(state, start, limit.burst())).isGreaterThan(at);
            assertThat(bucket.consumed(state, start)).isGreaterThanOrEqualTo(limit.burst());
            assertThat(bucket.nanosToFull(state, start)).isGreaterThanOrEqualTo(bucket.maxWait());
            assertThat(bucket.nanosToFull(state, bucket.horizon() + 1)).isZero();
            assertThat(bucket.consumed(state, bucket.horizon() + 1)).isZero();
            assertThat(bucket.consume(Long.MAX_VALUE, start)).isPositive();
        }

        /** What refills in that time, in permits times nanoseconds of a period, so that it is a whole number. */
        private BigInteger refilled(Limit limit, long nanos) {
            return BigInteger.valueOf(nanos).multiply(BigInteger.valueOf(limit.permits()));
        }

        private BigInteger periods(Limit limit, long permits) {
            return BigInteger.valueOf(permits)
                    .multiply(BigInteger.valueOf(limit.period().toNanos()));
        }

        /** By the part that a permit may be too large where no ticks fit: burst in 2^60, and half of that again. */
        private BigInteger slightlyMore(Limit limit, BigInteger exact) {
            return exact.add(exact.multiply(BigInteger.valueOf(limit.burst())).shiftRight(59));
        }
    }

    private static CompactAlgorithm bucket(Limit limit) {
        return CompactAlgorithm.of(limit);
    }
}
