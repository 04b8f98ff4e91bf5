package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SlidingLogTest {

    private static final long SECOND = 1_000_000_000L;

    private final SlidingLog ten = new SlidingLog(limit(10, Duration.ofSeconds(1)));

    @Test
    void hasNoPlaceInOneLong() {
        Limit sliding = limit(10, Duration.ofSeconds(1));
        assertThatIllegalArgumentException().isThrownBy(() -> CompactAlgorithm.of(sliding));
    }

    @Nested
    class Taking {

        @Test
        void startsEmpty() {
            assertThat(ten.earliest(5, 10)).isEqualTo(5);
            assertThat(ten.consumed(5)).isZero();
            assertThat(ten.nanosToFull(5)).isZero();
        }

        @Test
        void freesEachPermitOnePeriodAfterItWasTaken() {
            ten.take(0, 4);
            ten.take(300, 6);
            assertThat(ten.earliest(300, 4)).isEqualTo(SECOND);
            assertThat(ten.earliest(300, 5)).isEqualTo(SECOND + 300);
            assertThat(ten.earliest(SECOND - 1, 4)).isEqualTo(SECOND);
            assertThat(ten.earliest(SECOND, 4)).isEqualTo(SECOND);
            assertThat(ten.earliest(SECOND, 5)).isEqualTo(SECOND + 300);
        }

        @Test
        void neverComesBeforeWhatWasReservedEarlier() {
            ten.take(0, 1);
            ten.take(ten.earliest(0, 10), 10);
            assertThat(ten.earliest(0, 1)).isEqualTo(2 * SECOND);
            assertThat(ten.earliest(5, 1)).isEqualTo(2 * SECOND);
        }

        @Test
        void goesToTheMomentOfTheLastReservationIfThereIsRoom() {
            ten.take(0, 9);
            ten.take(ten.earliest(0, 4), 4);
            assertThat(ten.earliest(0, 6)).isEqualTo(SECOND);
            assertThat(ten.earliest(0, 7)).isEqualTo(2 * SECOND);
        }

        @Test
        void isToldByConsumedAndNanosToFull() {
            ten.take(0, 4);
            ten.take(300, 3);
            assertThat(ten.consumed(300)).isEqualTo(7);
            assertThat(ten.nanosToFull(300)).isEqualTo(SECOND);
            assertThat(ten.consumed(SECOND)).isEqualTo(3);
            assertThat(ten.nanosToFull(SECOND)).isEqualTo(300);
            assertThat(ten.consumed(SECOND + 300)).isZero();
            assertThat(ten.nanosToFull(SECOND + 300)).isZero();
        }

        @Test
        void looksNoFurtherBackThanAPeriod() {
            ten.take(0, 4);
            ten.take(300, 3);
            assertThat(ten.entries()).isEqualTo(2);
            assertThat(ten.oldestEnds()).isEqualTo(SECOND);
            ten.earliest(SECOND, 1);
            assertThat(ten.entries()).isEqualTo(1);
            assertThat(ten.oldestEnds()).isEqualTo(SECOND + 300);
        }

        @ParameterizedTest
        @ValueSource(longs = {Long.MAX_VALUE - 100, Long.MIN_VALUE, -1, Long.MAX_VALUE})
        void countsOnWhenTheClockWraps(long start) {
            ten.take(start, 4);
            ten.take(start + 300, 6);
            assertThat(ten.earliest(start + 300, 4)).isEqualTo(start + SECOND);
            assertThat(ten.consumed(start + SECOND)).isEqualTo(6);
            assertThat(ten.nanosToFull(start + SECOND)).isEqualTo(300);
        }
    }

    @Nested
    class GivingBack {

        @Test
        void restoresWhatWasThereBefore() {
            ten.take(0, 4);
            ten.take(300, 6);
            ten.giveBack(300, 6);
            assertThat(ten.consumed(300)).isEqualTo(4);
            assertThat(ten.earliest(300, 6)).isEqualTo(300);
            assertThat(ten.nanosToFull(300)).isEqualTo(SECOND - 300);
        }

        @Test
        void makesRoomForThoseWhoComeLater() {
            ten.take(0, 4);
            ten.take(300, 6);
            ten.giveBack(0, 4);
            assertThat(ten.earliest(300, 4)).isEqualTo(300);
            assertThat(ten.earliest(300, 5)).isEqualTo(SECOND + 300);
        }

        @Test
        void givesAPartOfWhatWasTakenAtOneMoment() {
            ten.take(0, 4);
            ten.take(0, 3);
            ten.giveBack(0, 3);
            assertThat(ten.consumed(0)).isEqualTo(4);
        }

        @Test
        void ofTheLastReservationLetsTheOthersBeSeenAgain() {
            ten.take(0, 10);
            ten.take(ten.earliest(0, 10), 10);
            ten.take(ten.earliest(0, 10), 10);
            ten.giveBack(2 * SECOND, 10);
            assertThat(ten.earliest(0, 10)).isEqualTo(2 * SECOND);
            ten.giveBack(SECOND, 10);
            assertThat(ten.earliest(0, 10)).isEqualTo(SECOND);
            assertThat(ten.consumed(0)).isEqualTo(10);
        }

        @Test
        void leavesNothingBehindHoweverManyCallsOverlap() {
            ten.take(0, 1);
            for (int at = 1; at <= 10_000; at++) { // the one before is given back when the next has been taken
                ten.take(at, 1);
                ten.giveBack(at - 1, 1);
            }
            assertThat(ten.entries()).isLessThan(16);
            assertThat(ten.toBytes()).hasSize(16);
            assertThat(ten.earliest(10_000, 9)).isEqualTo(10_000);
            assertThat(ten.earliest(10_000, 10)).isEqualTo(SECOND + 10_000);
        }

        @RepeatedTest(20)
        void countsAsAListOfAllCallsDoes() {
            long seed = ThreadLocalRandom.current().nextLong();
            Random random = new Random(seed);
            SlidingLog log = new SlidingLog(limit(50, Duration.ofNanos(1_000)));
            List<long[]> calls = new ArrayList<>(); // moment and cost of each
            long now = 0;
            for (int step = 0; step < 2_000; step++) {
                now += random.nextInt(30);
                long cost = 1L + random.nextInt(3);
                long forgotten = now - 1_000;
                calls.removeIf(call -> call[0] <= forgotten);
                long at = log.earliest(now, cost);
                assertThat(at).as("seed %s, step %s", seed, step).isEqualTo(earliest(calls, now, cost));
                log.take(at, cost);
                calls.add(new long[] {at, cost});
                while (random.nextInt(10) < 6) {
                    long[] back = calls.get(calls.size() - 1 - random.nextInt(Math.min(60, calls.size())));
                    log.giveBack(back[0], back[1]);
                    back[1] = 0;
                }
                assertThat(log.consumed(now)).as("seed %s, step %s", seed, step).isEqualTo(taken(calls, now));
            }
        }

        private static long earliest(List<long[]> calls, long now, long cost) {
            long last = calls.stream()
                    .filter(call -> call[1] > 0)
                    .mapToLong(call -> call[0])
                    .max()
                    .orElse(now);
            long at = Math.max(now, last);
            while (taken(calls, at) + cost > 50) {
                at++;
            }
            return at;
        }

        private static long taken(List<long[]> calls, long now) {
            return calls.stream()
                    .filter(call -> now - call[0] < 1_000)
                    .mapToLong(call -> call[1])
                    .sum();
        }

        @Test
        void isNothingForWhatIsForgotten() {
            ten.take(0, 4);
            ten.take(300, 3);
            assertThat(ten.consumed(SECOND)).isEqualTo(3);
            ten.giveBack(0, 4);
            assertThat(ten.consumed(SECOND)).isEqualTo(3);
        }

        @Test
        void isNeverMoreThanWasTaken() {
            ten.take(0, 4);
            ten.giveBack(0, 100);
            ten.giveBack(0, 100);
            assertThat(ten.consumed(0)).isZero();
            assertThat(ten.earliest(0, 10)).isZero();
        }
    }

    @Nested
    class GivingBackTheLatest {

        @Test
        void leavesWhatWasTakenFirst() {
            ten.take(0, 4);
            ten.take(300, 3);
            ten.take(600, 3);
            assertThat(ten.giveBackLatest(600, 4)).isEqualTo(4);
            assertThat(ten.consumed(600)).isEqualTo(6);
            assertThat(ten.earliest(600, 4)).isEqualTo(600);
            assertThat(ten.earliest(600, 5)).isEqualTo(SECOND);
            assertThat(ten.earliest(600, 9)).isEqualTo(SECOND + 300);
        }

        @Test
        void doesNotTouchWhatIsReserved() {
            ten.take(0, 10);
            ten.take(SECOND, 6);
            assertThat(ten.giveBackLatest(5, 10)).isEqualTo(10);
            assertThat(ten.giveBackLatest(5, 10)).isZero();
            assertThat(ten.consumed(5)).isEqualTo(6);
            assertThat(ten.earliest(5, 4)).isEqualTo(SECOND);
            assertThat(ten.earliest(5, 5)).isEqualTo(2 * SECOND);
        }

        @Test
        void isNeverMoreThanWasTaken() {
            ten.take(0, 4);
            assertThat(ten.giveBackLatest(0, Long.MAX_VALUE)).isEqualTo(4);
            assertThat(ten.giveBackLatest(0, Long.MAX_VALUE)).isZero();
            assertThat(ten.entries()).isZero();
            assertThat(ten.earliest(0, 10)).isZero();
        }

        @Test
        void isNothingForWhatHasRefilled() {
            ten.take(0, 4);
            ten.take(300, 3);
            assertThat(ten.giveBackLatest(SECOND, 10)).isEqualTo(3);
        }

        @ParameterizedTest
        @ValueSource(longs = {Long.MAX_VALUE - 100, Long.MIN_VALUE, -1, Long.MAX_VALUE})
        void countsOnWhenTheClockWraps(long start) {
            ten.take(start, 4);
            ten.take(start + 300, 6);
            assertThat(ten.giveBackLatest(start + 300, 7)).isEqualTo(7);
            assertThat(ten.earliest(start + 300, 8)).isEqualTo(start + SECOND);
        }
    }

    @Nested
    class Copied {

        @Test
        void toALargerLimitKeepsMomentsAndProportion() {
            ten.take(0, 4);
            ten.take(300, 1);
            SlidingLog copy = ten.copy(limit(100, Duration.ofSeconds(1)));
            assertThat(copy.consumed(300)).isEqualTo(50);
            assertThat(copy.consumed(SECOND)).isEqualTo(10);
        }

        @RepeatedTest(20)
        void inOneEntryLetsNobodyThroughEarlier() {
            long seed = ThreadLocalRandom.current().nextLong();
            Random random = new Random(seed);
            SlidingLog log = new SlidingLog(limit(20, Duration.ofNanos(1_000)));
            long now = 0;
            for (int step = 0; step < 1_000; step++) {
                now += random.nextInt(100);
                long cost = 1L + random.nextInt(20);
                SlidingLog together = log.together();
                assertThat(together.entries()).isLessThan(2);
                assertThat(together.earliest(now, cost))
                        .as("seed %s, step %s", seed, step)
                        .isGreaterThanOrEqualTo(log.earliest(now, cost));
                if (random.nextBoolean()) {
                    log.take(log.earliest(now, cost), cost);
                }
            }
        }

        @Test
        void toASmallerLimitRoundsUpTogether() {
            ten.take(0, 1);
            ten.take(1, 1);
            ten.take(2, 1);
            SlidingLog copy = ten.copy(limit(5, Duration.ofSeconds(1)));
            assertThat(copy.consumed(2)).isEqualTo(2);
            assertThat(copy.entries()).as("that at 1 adds nothing").isEqualTo(2);
        }

        @Test
        void leavesOutWhatIsForgotten() {
            for (int at = 0; at < 4; at++) {
                ten.take(at, 1);
            }
            assertThat(ten.consumed(SECOND)).isEqualTo(3);
            assertThat(ten.copy(limit(10, Duration.ofSeconds(2))).consumed(SECOND))
                    .isEqualTo(3);
        }

        @Test
        void leavesTheOriginalAlone() {
            ten.take(0, 4);
            SlidingLog copy = ten.copy(limit(10, Duration.ofSeconds(1)));
            copy.take(1, 6);
            assertThat(ten.consumed(1)).isEqualTo(4);
        }

        @ParameterizedTest
        @ValueSource(longs = {9_995, 10_010, 10_015, 10_025, 123_456_789, 1L << 40})
        void madeFromAnEnormousNumberItStaysSmallAndClosedForAsLong(long taken) {
            SlidingLog log = SlidingLog.consumed(limit(10, Duration.ofMillis(1)), taken, 7);
            long last = (taken - 1) / 10;
            assertThat(log.consumed(7)).isEqualTo(taken);
            assertThat(log.entries()).isLessThan(1_010);
            assertThat(log.earliest(7, 1))
                    .isEqualTo(7
                            + (taken % 10 == 0 ? last + 1 : last)
                                    * Duration.ofMillis(1).toNanos());
            assertThat(log.nanosToFull(7))
                    .isEqualTo((last + 1) * Duration.ofMillis(1).toNanos());
        }

        @Test
        void madeFromMoreThanThereIsTimeForItEndsWhereTimeDoes() {
            SlidingLog log = SlidingLog.consumed(limit(10, Duration.ofSeconds(1)), Long.MAX_VALUE, SECOND);
            assertThat(log.earliest(SECOND, 1) - SECOND)
                    .isGreaterThan(Duration.ofDays(36_500).toNanos());
            long windows = Long.MAX_VALUE / 2 / SECOND;
            assertThat(log.consumed(SECOND)).isEqualTo(10 * windows);
        }

        @Test
        void madeFromNothingItIsEmpty() {
            SlidingLog log = SlidingLog.consumed(limit(10, Duration.ofSeconds(1)), 0, 7);
            assertThat(log.entries()).isZero();
            assertThat(log.nanosToFull(7)).isZero();
        }

        @Test
        void madeFromANumberItSpreadsWhatIsAboveTheLimitOverLaterWindows() {
            SlidingLog log = SlidingLog.consumed(limit(10, Duration.ofSeconds(1)), 25, 0);
            assertThat(log.consumed(0)).isEqualTo(25);
            assertThat(log.earliest(0, 5)).isEqualTo(2 * SECOND);
            assertThat(log.earliest(0, 6)).isEqualTo(3 * SECOND);
            assertThat(log.consumed(SECOND)).isEqualTo(15);
            assertThat(log.consumed(2 * SECOND)).isEqualTo(5);
        }
    }

    @Nested
    class AsBytes {

        private SlidingLog read(long... timesAndCosts) {
            ByteBuffer bytes = ByteBuffer.allocate(timesAndCosts.length * Long.BYTES);
            bytes.asLongBuffer().put(timesAndCosts);
            return SlidingLog.of(limit(10, Duration.ofSeconds(1)), bytes.array());
        }

        @Test
        void isTheSameLogAgain() {
            ten.take(0, 4);
            ten.take(300, 3);
            ten.take(600, 2);
            ten.giveBack(300, 3);
            SlidingLog again = SlidingLog.of(limit(10, Duration.ofSeconds(1)), ten.toBytes());
            assertThat(again.consumed(600)).isEqualTo(6);
            assertThat(again.earliest(600, 4)).isEqualTo(600);
            assertThat(again.earliest(600, 5)).isEqualTo(SECOND);
            assertThat(again.consumed(SECOND)).isEqualTo(2);
        }

        @Test
        void mayHoldAsMuchAsALongDoes() {
            assertThat(read(0, 5, 1, Long.MAX_VALUE - 5).consumed(1)).isEqualTo(Long.MAX_VALUE);
            assertThatIllegalArgumentException().isThrownBy(() -> read(0, 5, 1, Long.MAX_VALUE - 4));
            assertThatIllegalArgumentException().isThrownBy(() -> read(0, -1));
        }

        @Test
        void neverGoesBackInTime() {
            SlidingLog twice = read(7, 1, 7, 2);
            assertThat(twice.consumed(7)).isEqualTo(3);
            assertThat(twice.entries()).isEqualTo(1);
            assertThatIllegalArgumentException().isThrownBy(() -> read(7, 1, 6, 2));
        }

        @Test
        void areWholeEntries() {
            byte[] torn = new byte[17];
            Limit limit = limit(10, Duration.ofSeconds(1));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> SlidingLog.of(limit, torn))
                    .withMessageContaining("17 bytes");
        }
    }

    @Nested
    class OverALongTime {

        @ParameterizedTest(name = "{0} per {1}, for {2} s")
        @CsvSource({
            "3, PT1S, 1000000, 3000000",
            "1, P1D, 86400000, 1000",
            "999983, P1D, 172800, 1999966",
            "999983, PT1S, 3, 2999949"
        })
        void eachPeriodGivesItsPermitsAndNotOneMore(long permits, Duration period, long seconds, long expected) {
            SlidingLog log = new SlidingLog(limit(permits, period));
            long taken = 0;
            for (long at = 0; at < seconds * SECOND; at = log.earliest(at, 1)) {
                log.take(at, 1);
                taken++;
            }
            assertThat(taken).isEqualTo(expected);
        }
    }

    @Test
    void holdsAtTheExtremes() {
        SlidingLog log = new SlidingLog(limit(Limit.MAX_SLIDING_PERMITS, Limit.MAX_PERIOD));
        log.take(Long.MAX_VALUE - 5, Limit.MAX_SLIDING_PERMITS);
        long period = Limit.MAX_PERIOD.toNanos();
        assertThat(log.earliest(Long.MAX_VALUE, 1)).isEqualTo(Long.MAX_VALUE - 5 + period);
        assertThat(log.nanosToFull(Long.MAX_VALUE)).isEqualTo(period - 5);

        SlidingLog nano = new SlidingLog(limit(Limit.MAX_SLIDING_PERMITS, Duration.ofNanos(1)));
        nano.take(7, Limit.MAX_SLIDING_PERMITS);
        assertThat(nano.earliest(7, Limit.MAX_SLIDING_PERMITS)).isEqualTo(8);
        assertThat(nano.earliest(8, Limit.MAX_SLIDING_PERMITS)).isEqualTo(8);
    }

    private static Limit limit(long permits, Duration period) {
        return Limit.of(permits, period).withAlgorithm(Algorithm.SLIDING_WINDOW);
    }
}
