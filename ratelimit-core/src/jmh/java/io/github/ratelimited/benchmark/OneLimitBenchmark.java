package io.github.ratelimited.benchmark;

import io.github.ratelimited.Limit;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One permit of one limit, by one thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class OneLimitBenchmark {

    /** What the limiter answers, and the limit that makes it do so. */
    public enum Outcome {
        /** One permit a nanosecond: nobody can ask that fast. */
        PERMITTED(Limit.of(1_000_000, Duration.ofMillis(1))),
        /** The one permit of the day is gone. */
        REJECTED(Limit.of(1, Duration.ofDays(1)));

        private final Limit limit;

        Outcome(Limit limit) {
            this.limit = limit;
        }
    }

    @Param
    public OneLimiter limiter;

    @Param
    public Outcome outcome;

    private BooleanSupplier started;

    @Setup
    public void start() {
        started = limiter.start(outcome.limit);
        started.getAsBoolean();
        check();
    }

    @TearDown(Level.Iteration)
    public void check() {
        if (started.getAsBoolean() != (outcome == Outcome.PERMITTED)) {
            throw new IllegalStateException(limiter + " is not " + outcome);
        }
    }

    @Benchmark
    public boolean tryAcquire() {
        return started.getAsBoolean();
    }
}
