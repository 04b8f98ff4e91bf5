package io.github.ratelimited.benchmark;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One call of one method that returns a {@code Mono}, and one subscription to it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class MonoCallBenchmark {

    @Param
    public MonoCall call;

    private String id;
    private MonoCall.Service service;

    @Setup
    public void start() {
        id = "user-0000042";
        service = call.start();
        if (!id.equals(call())) {
            throw new IllegalStateException(call + " does not do what it is called");
        }
    }

    @Benchmark
    public String call() {
        return service.call(id).block();
    }
}
