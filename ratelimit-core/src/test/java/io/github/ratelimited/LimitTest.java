package io.github.ratelimited;

import static io.github.ratelimited.Algorithm.FIXED_WINDOW;
import static io.github.ratelimited.Algorithm.SLIDING_WINDOW;
import static io.github.ratelimited.Algorithm.TOKEN_BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    @Nested
    class Made {

        @Test
        void ofPermitsAndPeriodItIsATokenBucketThatHoldsOnePeriodsPermits() {
            assertThat(Limit.of(100, MINUTE)).isEqualTo(new Limit(100, MINUTE, 100, TOKEN_BUCKET));
        }

        @Test
        void withBurstOnlyTheCapacityChanges() {
            assertThat(Limit.of(100, MINUTE).withBurst(20)).isEqualTo(new Limit(100, MINUTE, 20, TOKEN_BUCKET));
        }

        @Test
        void withAWindowAlgorithmTheBurstIsDropped() {
            assertThat(Limit.of(100, MINUTE).withBurst(20).withAlgorithm(SLIDING_WINDOW))
                    .isEqualTo(new Limit(100, MINUTE, 100, SLIDING_WINDOW));
        }

        @Test
        void withTheSameAlgorithmTheBurstStays() {
            assertThat(Limit.of(100, MINUTE).withBurst(20).withAlgorithm(TOKEN_BUCKET))
                    .isEqualTo(new Limit(100, MINUTE, 20, TOKEN_BUCKET));
        }

        @Test
        void atTheExtremesOfItsRange() {
            assertThatCode(() -> {
                        Limit.of(1, Duration.ofNanos(1));
                        Limit.of(1, Limit.MAX_PERIOD);
                        Limit.of(Limit.MAX_PERMITS, Duration.ofNanos(1));
                        Limit.of(Limit.MAX_PERMITS, Limit.MAX_PERIOD);
                        Limit.of(Limit.MAX_PERMITS, Duration.ofSeconds(1)).withBurst(1);
                        Limit.of(1, Duration.ofNanos(1)).withBurst(Limit.MAX_PERMITS);
                        Limit.of(3, Limit.MAX_PERIOD).withAlgorithm(FIXED_WINDOW);
                    })
                    .doesNotThrowAnyException();
        }
    }

    @Nested
    class Shown {

        @ParameterizedTest
        @CsvSource({
            "PT1M, 100 per 1m",
            "PT1S, 100 per 1s",
            "PT24H, 100 per 1d",
            "PT1M30S, 100 per 1m30s",
            "PT0.5S, 100 per 500ms",
            "PT25H, 100 per 1d1h",
            "PT0.000001S, 100 per 1us",
            "PT0.000000001S, 100 per 1ns"
        })
        void inTheUnitsThatPeopleWrite(Duration period, String shown) {
            assertThat(Limit.of(100, period)).hasToString(shown);
        }

        @Test
        void withItsBurstIfThatIsNotItsPermits() {
            assertThat(Limit.of(100, MINUTE).withBurst(20)).hasToString("100 per 1m, burst 20");
        }
    }

    @Nested
    class Refused {

        @ParameterizedTest
        @ValueSource(longs = {0, -1, Long.MIN_VALUE, Limit.MAX_PERMITS + 1, Long.MAX_VALUE})
        void whenThePermitsAreOutOfRange(long permits) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Limit.of(permits, MINUTE))
                    .withMessage("permits = " + permits + " is not between 1 and 1000000000000");
        }

        @ParameterizedTest
        @ValueSource(longs = {0, -1, Long.MIN_VALUE, Limit.MAX_PERMITS + 1, Long.MAX_VALUE})
        void whenTheBurstIsOutOfRange(long burst) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Limit.of(100, MINUTE).withBurst(burst))
                    .withMessage("burst = " + burst + " is not between 1 and 1000000000000");
        }

        @Test
        void whenThePeriodIsZero() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Limit.of(1, Duration.ZERO))
                    .withMessage("period = 0s is not longer than zero and at most 3650d");
        }

        @Test
        void whenThePeriodIsNegative() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Limit.of(1, Duration.ofSeconds(-3)))
                    .withMessage("period = -3s is not longer than zero and at most 3650d");
        }

        @Test
        void whenThePeriodIsTheOneWithoutAPositiveCounterpart() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Limit.of(1, Duration.ofSeconds(Long.MIN_VALUE)))
                    .withMessage("period = PT-2562047788015215H-30M-8S is not longer than zero and at most 3650d");
        }

        @Test
        void whenThePeriodIsTooLong() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Limit.of(1, Limit.MAX_PERIOD.plusNanos(1)))
                    .withMessage("period = 3650d1ns is not longer than zero and at most 3650d");
        }

        @Test
        void whenThePeriodDoesNotEvenFitIntoNanoseconds() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Limit.of(1, Duration.ofSeconds(Long.MAX_VALUE)))
                    .withMessageContaining("is not longer than zero and at most 3650d");
        }

        @Test
        void whenAWindowIsGivenABurst() {
            Limit window = Limit.of(100, MINUTE).withAlgorithm(SLIDING_WINDOW);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> window.withBurst(20))
                    .withMessage("burst = 20 makes no sense with SLIDING_WINDOW, which has no bucket;"
                            + " leave burst out, or use TOKEN_BUCKET");
        }

        @Test
        void whenTheBurstWouldTakeDecadesToRefill() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Limit.of(1, Duration.ofDays(365)).withBurst(11))
                    .withMessage("burst = 11 at 1 per 365d takes longer than 3650d to refill;"
                            + " lower burst or raise permits");
        }

        @Test
        void whenItHasNoPeriodOrNoAlgorithm() {
            assertThatNullPointerException().isThrownBy(() -> Limit.of(1, null)).withMessage("period");
            assertThatNullPointerException()
                    .isThrownBy(() -> new Limit(1, MINUTE, 1, null))
                    .withMessage("algorithm");
        }
    }

    @Test
    void remembersAtMostAMillionPermitsOneByOne() {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> Limit.of(1_000_001, Duration.ofDays(1)).withAlgorithm(Algorithm.SLIDING_WINDOW))
                .withMessage("permits = 1000001 is more than the 1000000 that SLIDING_WINDOW can remember one by one;"
                        + " use TOKEN_BUCKET or FIXED_WINDOW");
    }
}
