package io.github.ratelimited.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Tables that are built anew while others ask")
class GrowingTablesTest {

    private static final int THREADS = 4;
    private static final int KEYS = 20_000;
    private static final LimitName NAME = LimitName.of("growing");

    private final MutableTimeSource time = new MutableTimeSource();
    private final MemoryLimiterStore store = new MemoryLimiterStore(time, KEYS);

    @ParameterizedTest
    @EnumSource
    void loseAndInventNoKey(Algorithm algorithm) throws Exception {
        Limit limit = Limit.of(1, Duration.ofHours(1)).withAlgorithm(algorithm);
        assertThat(granted(limit)).isEqualTo(KEYS);
        assertThat(store.keys()).isEqualTo(KEYS);
        assertThat(granted(limit)).isZero();
        store.clear();
        assertThat(store.keys()).isZero();
        assertThat(granted(limit)).isEqualTo(KEYS);
    }

    @ParameterizedTest
    @EnumSource
    void rememberWhatWasTakenThroughMinutesAndAChangeOfNumbers(Algorithm algorithm) throws Exception {
        Limit limit = Limit.of(2, Duration.ofDays(1)).withAlgorithm(algorithm);
        assertThat(granted(limit)).isEqualTo(2 * KEYS);
        for (int minute = 0; minute < 3; minute++) {
            time.advance(Duration.ofMinutes(1));
            assertThat(granted(limit)).isZero();
        }
        Limit twice = Limit.of(4, Duration.ofDays(1)).withAlgorithm(algorithm);
        assertThat(granted(twice)).isLessThanOrEqualTo(2 * KEYS); // what is taken is taken by the new numbers as well
        assertThat(granted(twice)).isZero();
    }

    /** Each thread asks all keys three times, in an order of its own. */
    private int granted(Limit limit) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Integer>> tasks = new ArrayList<>(Collections.nCopies(THREADS, () -> ask(limit)));
            int granted = 0;
            for (Future<Integer> each : threads.invokeAll(tasks)) {
                granted += each.get();
            }
            return granted;
        } finally {
            threads.shutdownNow();
        }
    }

    private int ask(Limit limit) {
        List<Integer> keys = new ArrayList<>(IntStream.range(0, KEYS).boxed().toList());
        Collections.shuffle(keys, new Random());
        int granted = 0;
        for (int round = 0; round < 3; round++) {
            for (int key : keys) {
                granted += store.tryAcquire(store.claim(NAME, limit, "key-" + key, 1, 0)) ? 1 : 0;
            }
        }
        return granted;
    }
}
