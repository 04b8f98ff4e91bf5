package io.github.ratelimited.benchmark;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.MergingStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What merging costs those whom nobody joins, and what it does for those of one key: one permit of a store that answers
 * at once, or after one hop to its only thread.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class MergingBenchmark {

    private static final int KEYS = 10_000;

    /** How a caller gets to the store. */
    public enum Way {
        /** By itself. */
        BARE(store -> store),
        /** Together with others. */
        MERGED(MergingStore::new);

        private final UnaryOperator<LimiterStore> wrapped;

        Way(UnaryOperator<LimiterStore> wrapped) {
            this.wrapped = wrapped;
        }
    }

    /** Where the store answers. */
    public enum Answer {
        /** In the thread that asks. */
        AT_ONCE,
        /** In a thread of its own. */
        ONE_HOP
    }

    @Param
    public Way way;

    @Param
    public Answer answer;

    private final AcquireRequest[] requests = new AcquireRequest[KEYS];
    private ExecutorService thread;
    private LimiterStore store;

    @Setup
    public void start() {
        thread = Executors.newSingleThreadExecutor();
        Fake fake = new Fake(answer == Answer.AT_ONCE ? Runnable::run : thread);
        store = way.wrapped.apply(fake);
        for (int i = 0; i < KEYS; i++) {
            requests[i] = AcquireRequest.of(new Claim(fake.name, fake.limit, Key.of(i), 1, 0));
        }
    }

    @TearDown(Level.Trial)
    public void stop() {
        thread.shutdown();
    }

    @Benchmark
    public Decision oneOfManyKeys() {
        return store.acquire(requests[ThreadLocalRandom.current().nextInt(KEYS)]);
    }

    @Benchmark
    @Threads(32)
    public Decision oneKey() {
        return store.acquire(requests[0]);
    }

    /** Says yes to all. */
    private static final class Fake implements LimiterStore {

        private final LimitName name = LimitName.of("fake");
        private final Limit limit = Limit.of(1000, Duration.ofSeconds(1));
        private final Decision yes = Decision.allowed("fake", limit, 1, 999, 0, 0, 0, 0);
        private final Executor executor;

        private Fake(Executor executor) {
            this.executor = executor;
        }

        @Override
        public Decision acquire(AcquireRequest request) {
            return acquireAsync(request).toCompletableFuture().join();
        }

        @Override
        public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
            CompletableFuture<Decision> decision = new CompletableFuture<>();
            executor.execute(() -> decision.complete(yes));
            return decision;
        }

        @Override
        public CompletionStage<List<Decision>> acquireAll(List<AcquireRequest> requests) {
            CompletableFuture<List<Decision>> decisions = new CompletableFuture<>();
            executor.execute(() ->
                    decisions.complete(requests.stream().map(request -> yes).toList()));
            return decisions;
        }

        @Override
        public void refund(AcquireRequest request, Decision decision) {}

        @Override
        public Decision peek(Claim claim) {
            return yes;
        }

        @Override
        public void giveBack(Claim claim) {}

        @Override
        public void reset(LimitName name, @Nullable String key) {}
    }
}
