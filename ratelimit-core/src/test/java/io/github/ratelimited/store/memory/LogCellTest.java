package io.github.ratelimited.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.SlidingLog;
import java.time.Duration;
import java.util.function.ObjLongConsumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The cell of a sliding window")
class LogCellTest {

    private static final Limit LIMIT = Limit.of(2, Duration.ofNanos(100)).withAlgorithm(Algorithm.SLIDING_WINDOW);
    private static final Claim ONE = new Claim(LimitName.of("window"), LIMIT, null, 1, 0);

    @Test
    void letsNobodyInBeforeTheMomentByWhichSomebodyElseHasForgotten() {
        afterALookAt100((cell, now) -> cell.earliest(0, now, 1));
        afterALookAt100((cell, now) -> cell.consumed(0, now));
        afterALookAt100((cell, now) -> cell.nanosToFull(0, now));
    }

    /** Both permits were taken at 0, and are back at 100. */
    private static void afterALookAt100(ObjLongConsumer<LogCell> look) {
        LogCell cell = new LogCell(LIMIT, new SlidingLog(LIMIT), 0);
        assertThat(cell.tryTake(ONE, 0)).isZero();
        assertThat(cell.tryTake(ONE, 0)).isZero();
        look.accept(cell, 100);
        assertThat(cell.decide(ONE, 99).grantedAt()).isEqualTo(100); // who read the clock before
    }
}
