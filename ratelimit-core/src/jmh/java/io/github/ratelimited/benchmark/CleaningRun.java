package io.github.ratelimited.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** How long callers of the database wait while a million expired rows are deleted behind their backs, and without that. */
public final class CleaningRun {

    private static final int CALLERS = 16;
    private static final int KEYS = 10_000;
    private static final int EXPIRED = 1_000_000;
    private static final int WARM_UP_ROUNDS = 10;
    private static final int MOST_ROUNDS = 40;

    private CleaningRun() {}

    public static void main(String[] args) throws Exception {
        try (JdbcBench bench = new JdbcBench()) {
            String[] keys = IntStream.range(0, KEYS).mapToObj(i -> "user-" + i).toArray(String[]::new);
            RedisSubject.Asking asking = JdbcSubject.RATELIMITED.start(bench, keys);
            for (int round = 0; round < WARM_UP_ROUNDS; round++) {
                RedisRun.together(CALLERS, () -> RedisRun.ask(asking, KEYS)); // warms up
            }
            bench.execute(
                    "INSERT INTO rate_limit SELECT 'old-' || n, numbers, step, drain, capacity, birth, moment, state,"
                            + " granted, log, 1 FROM (SELECT * FROM rate_limit LIMIT 1) one, generate_series(1, "
                            + EXPIRED
                            + ") n");
            bench.execute("VACUUM ANALYZE rate_limit");
            List<long[]> calm = new ArrayList<>();
            List<long[]> cleaning = new ArrayList<>();
            int rounds = 0;
            long left = EXPIRED;
            while (left > EXPIRED / 100 && rounds < MOST_ROUNDS) {
                calm.addAll(RedisRun.together(CALLERS, () -> RedisRun.ask(asking, KEYS)));
                bench.store.cleanEvery(Duration.ofMillis(100)); // and when it has found much, as soon as it thinks fit
                cleaning.addAll(RedisRun.together(CALLERS, () -> RedisRun.ask(asking, KEYS)));
                bench.store.cleanEvery(Duration.ofDays(1));
                rounds++;
                left = bench.rows();
            }
            System.out.printf(
                    Locale.ROOT,
                    "without cleaning %d decisions/s, p99 %.0f us; with it %d/s, p99 %.0f us; %d rows deleted in %d s%n",
                    count(calm) / rounds,
                    p99(calm),
                    count(cleaning) / rounds,
                    p99(cleaning),
                    EXPIRED - left,
                    rounds);
        }
        System.exit(0);
    }

    private static long count(List<long[]> latencies) {
        return latencies.stream().mapToLong(each -> each.length).sum();
    }

    private static double p99(List<long[]> latencies) {
        long[] sorted =
                latencies.stream().flatMapToLong(Arrays::stream).sorted().toArray();
        return sorted[sorted.length * 99 / 100] / 1e3;
    }
}
