package io.github.ratelimited.picture;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.picture.Timeline.Mark;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** What each algorithm lets through of the same calls: docs/images/algorithms.svg. */
final class AlgorithmsPicture {

    private static final Limit LIMIT = Limit.of(5, Duration.ofSeconds(1));

    /** Eight before a second turns and eight after it, a second at ten a second, a second of nothing, eight again. */
    private static final List<Long> CALLS = Stream.of(
                    calls(800, 20, 8), calls(1_020, 20, 8), calls(1_500, 100, 10), calls(3_400, 20, 8))
            .flatMap(LongStream::boxed)
            .toList();

    private AlgorithmsPicture() {}

    private static LongStream calls(long first, long gap, int count) {
        return LongStream.iterate(first, at -> at + gap).limit(count);
    }

    static String svg() {
        Timeline timeline = new Timeline("The same " + CALLS.size() + " calls, under five per second", 4_000);
        add(timeline, "TOKEN_BUCKET", "the default", LIMIT);
        add(timeline, "TOKEN_BUCKET", "burst = 1", LIMIT.withBurst(1));
        add(timeline, "SLIDING_WINDOW", "", LIMIT.withAlgorithm(Algorithm.SLIDING_WINDOW));
        add(timeline, "FIXED_WINDOW", "windows turn at each second", LIMIT.withAlgorithm(Algorithm.FIXED_WINDOW));
        return timeline.svg();
    }

    private static void add(Timeline timeline, String name, String detail, Limit limit) {
        MutableTimeSource time = new MutableTimeSource();
        RateLimiter limiter = RateLimiter.create(limit, time);
        List<Mark> marks = CALLS.stream()
                .map(at -> {
                    time.advance(Duration.ofMillis(at).minusNanos(time.nanoTime()));
                    return new Mark(at, limiter.tryAcquire());
                })
                .toList();
        List<Long> allowed =
                marks.stream().filter(Mark::allowed).map(Mark::millis).toList();
        timeline.add(name, detail, marks, allowed.size() + " pass; at most " + mostInASecond(allowed) + " in 1 s");
    }

    private static long mostInASecond(List<Long> times) {
        return times.stream()
                .mapToLong(begin -> times.stream()
                        .filter(at -> at >= begin && at < begin + 1_000)
                        .count())
                .max()
                .orElse(0);
    }
}
