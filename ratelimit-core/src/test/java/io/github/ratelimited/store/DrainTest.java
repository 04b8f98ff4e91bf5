package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DrainTest {

    /** Drains 3 each 10 ns. */
    private final Drain drain = new Drain(10, 3, 30, 3);

    @Test
    void drainsAtEachStepOfTheClock() {
        assertThat(drain.seen(9, 15, 19)).isEqualTo(9);
        assertThat(drain.seen(9, 15, 20)).isEqualTo(6);
        assertThat(drain.seen(9, 15, 60)).isEqualTo(-6);
        assertThat(drain.seen(9, -1, 0)).isEqualTo(6);
    }

    @Test
    void isNeverLessThanEmpty() {
        assertThat(drain.left(9, 15, 49)).isZero();
        assertThat(drain.left(9, 15, 60)).isZero();
    }

    /** 768,614,336,404,564,650 times 3 are 2 less than 2^61. */
    @Test
    void isSeenNoLowerThanALevelCanBe() {
        long steps = 768_614_336_404_564_650L;
        assertThat(drain.seen(0, 0, 10 * steps)).isEqualTo(2 - (1L << 61));
        assertThat(drain.seen(0, 0, 10 * steps + 10)).isEqualTo(-(1L << 61));
        assertThat(drain.seen(0, 0, Long.MAX_VALUE)).isEqualTo(-(1L << 61));
    }
}
