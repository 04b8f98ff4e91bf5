package io.github.ratelimited.benchmark;

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

/** One call of one annotated method; a denial's exception is caught. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class AnnotatedCallBenchmark {

    @Param
    public AnnotatedCall call;

    private String id;
    private AnnotatedCall.Service service;

    @Setup
    public void start() {
        id = "user-0000042";
        service = call.start();
        call();
        check();
    }

    @TearDown(Level.Iteration)
    public void check() {
        if (call() instanceof RuntimeException != call.denied()) {
            throw new IllegalStateException(call + " does not do what it is called");
        }
    }

    @Benchmark
    public Object call() {
        try {
            return service.call(id);
        } catch (RuntimeException denied) {
            return denied;
        }
    }
}
