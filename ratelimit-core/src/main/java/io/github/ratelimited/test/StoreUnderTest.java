package io.github.ratelimited.test;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The store that a contract is about, and how a contract asks it. */
abstract class StoreUnderTest {

    static final int THREADS = 8;

    static final LimitName NAME = LimitName.of("contract");
    static final LimitName OTHER = LimitName.of("other");
    static final Duration DAY = Duration.ofDays(1);
    static final Duration SHORT = Duration.ofMillis(200);

    /** A store without memory of former tests; the same one throughout a test. */
    protected abstract LimiterStore store();

    /** Lets at least that much time go by for the store: moves its clock or, if that is nobody's to move, sleeps. */
    protected abstract void pass(Duration duration);

    /** The store as another node of the application has it; the same one if its permits are those of one node. */
    protected LimiterStore storeOfAnotherNode() {
        return store();
    }

    static Limit limit(long permits, Duration period, Algorithm algorithm) {
        return Limit.of(permits, period).withAlgorithm(algorithm);
    }

    AcquireRequest request(LimitName name, Limit limit, @Nullable String key, long cost, Duration maxWait) {
        return AcquireRequest.of(store().claim(name, limit, key, cost, maxWait.toNanos()));
    }

    Decision acquire(Limit limit, long cost) {
        return store().acquire(request(NAME, limit, null, cost, Duration.ZERO));
    }

    boolean isAllowed(Limit limit, String key) {
        return store().acquire(request(NAME, limit, key, 1, Duration.ZERO)).allowed();
    }

    /** A request for one permit of each, by one key: what a cluster keeps together. */
    AcquireRequest both(Limit limit, Limit other, Duration maxWait) {
        return new AcquireRequest(List.of(
                store().claim(NAME, limit, "key", 1, maxWait.toNanos()),
                store().claim(OTHER, other, "key", 1, maxWait.toNanos())));
    }

    long remaining(LimitName name, Limit limit) {
        return store().peek(store().claim(name, limit, "key", 1, 0)).remaining();
    }

    /** Does it {@code times} times in each of several threads at once; how often it said yes. */
    static int atOnce(int times, BooleanSupplier deed) {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<Future<Integer>> counts = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                counts.add(threads.submit(() -> {
                    start.await();
                    int count = 0;
                    for (int n = 0; n < times; n++) {
                        count += deed.getAsBoolean() ? 1 : 0;
                    }
                    return count;
                }));
            }
            int all = 0;
            for (Future<Integer> count : counts) {
                all += count.get();
            }
            return all;
        } catch (InterruptedException | ExecutionException failure) {
            throw new AssertionError("a thread could not go on", failure);
        } finally {
            threads.shutdownNow();
        }
    }
}
