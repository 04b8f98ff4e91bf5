package io.github.ratelimited.benchmark;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
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

/**
 * One permit for one of many keys, each as likely as the other. The key asked for is made anew each time, in the same
 * way for all; {@link KeyedLimiter#KEY_ALONE} is its share.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 2,
        jvmArgsAppend = {"-Xms3g", "-Xmx3g", "-XX:+UseG1GC"})
public class ManyKeysBenchmark {

    @Param
    public KeyedLimiter limiter;

    @Param({"10000", "1000000"})
    public int keys;

    private KeyedLimiter.Started started;

    @Setup
    public void start() {
        started = limiter.start(keys);
    }

    @TearDown(Level.Iteration)
    public void check() {
        limiter.check(started, keys);
    }

    @Benchmark
    public boolean tryAcquire() {
        return started.tryAcquire().test(Key.of(ThreadLocalRandom.current().nextInt(keys)));
    }
}
