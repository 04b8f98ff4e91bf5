package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Limit;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProportionTest {

    private static final Duration DAY = Duration.ofDays(1);
    private static final long HALF = 1L << 62;

    private static long scaled(long consumed, long from, long to) {
        return Proportion.scaled(consumed, Limit.of(from, DAY), Limit.of(to, DAY));
    }

    @ParameterizedTest
    @CsvSource({"0, 10, 5, 0", "1, 10, 5, 1", "2, 10, 5, 1", "3, 10, 5, 2", "4, 10, 100, 40", "7, 10, 10, 7"})
    void isTheSamePartOfTheOtherLimitRoundedUp(long consumed, long from, long to, long expected) {
        assertThat(scaled(consumed, from, to)).isEqualTo(expected);
    }

    /** The products are 2^63, 2^64, and 2^63 + 2. */
    @Test
    void isExactWhereTheProductFitsIntoNoLong() {
        assertThat(scaled(HALF, 8, 2)).isEqualTo(1L << 60);
        assertThat(scaled(HALF, 8, 4)).isEqualTo(1L << 61);
        assertThat(scaled(HALF + 1, 4, 2)).isEqualTo((1L << 61) + 1);
    }

    @Test
    void isTheLargestNumberIfItFitsIntoNoLong() {
        assertThat(scaled(HALF - 1, 1, 2)).isEqualTo(Long.MAX_VALUE - 1);
        assertThat(scaled(HALF, 1, 2)).isEqualTo(Long.MAX_VALUE);
        assertThat(scaled(HALF, 1, 3)).isEqualTo(Long.MAX_VALUE);
    }

    /** 10 permits are 5, and the 4 that are reserved for the 2/5 of a second after that are 8 at twice the rate. */
    @Test
    void ofWhatIsReservedAheadIsTheTimeThatItTakes() {
        Limit from = Limit.of(10, Duration.ofSeconds(1));
        Limit to = Limit.of(20, Duration.ofSeconds(1)).withBurst(5);
        assertThat(Proportion.converted(10, from, to)).isEqualTo(5);
        assertThat(Proportion.converted(14, from, to)).isEqualTo(5 + 8);
    }
}
