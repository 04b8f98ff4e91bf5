package io.github.ratelimited.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MutableTimeSourceTest {

    private static final long SECOND = 1_000_000_000L;

    private final MutableTimeSource time = new MutableTimeSource();

    /** What goes on at its turn may itself let time pass. */
    @Test
    void neverGoesBackWhateverATaskDoes() {
        long start = time.nanoTime();
        time.schedule(() -> time.advance(Duration.ofSeconds(10)), SECOND / 2);

        time.advance(Duration.ofSeconds(1));

        assertThat(time.nanoTime() - start).isEqualTo(10 * SECOND + SECOND / 2);
    }
}
