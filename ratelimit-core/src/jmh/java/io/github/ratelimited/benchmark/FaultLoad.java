package io.github.ratelimited.benchmark;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Callers that ask all the time, half of them asynchronously, for a limit of which there is plenty and for one that they
 * exceed, and an account of what they were told.
 */
final class FaultLoad implements AutoCloseable {

    private static final int THREADS = 8;
    private static final long PAUSE = 1_000_000;
    private static final long HUNG_SECONDS = 60;
    private static final long WINDOW_MICROS = 1_000_000;
    private static final int PERMITS = 500;

    private final LimiterStore store;
    private final AcquireRequest plenty;
    private final AcquireRequest scarce;
    private final List<Thread> threads = new ArrayList<>();

    private final AtomicLong longest = new AtomicLong();
    private final AtomicLong denials = new AtomicLong();
    private final AtomicLong exceptions = new AtomicLong();
    private final Queue<Long> grants = new ConcurrentLinkedQueue<>();

    /** When the store was last heard of. */
    private final AtomicLong lastByStore = new AtomicLong();

    private final AtomicLong byPolicy = new AtomicLong();
    private volatile boolean over;

    FaultLoad(LimiterStore store) {
        this.store = store;
        plenty = request("plenty", Limit.of(1_000_000_000, Duration.ofDays(1)));
        scarce = request("scarce", Limit.of(PERMITS, Duration.ofSeconds(1)).withAlgorithm(Algorithm.SLIDING_WINDOW));
        for (int i = 0; i < THREADS; i++) {
            boolean async = i % 2 == 0;
            Thread thread = new Thread(() -> call(async));
            thread.start();
            threads.add(thread);
        }
    }

    private AcquireRequest request(String name, Limit limit) {
        return AcquireRequest.of(store.claim(LimitName.of(name), limit, null, 1, 0));
    }

    private void call(boolean async) {
        for (int i = 0; !over; i++) {
            AcquireRequest request = i % 2 == 0 ? plenty : scarce;
            long begun = System.nanoTime();
            try {
                note(
                        request,
                        async
                                ? store.acquireAsync(request)
                                        .toCompletableFuture()
                                        .get(HUNG_SECONDS, TimeUnit.SECONDS)
                                : store.acquire(request));
            } catch (Exception failure) {
                exceptions.incrementAndGet();
            }
            longest.accumulateAndGet(System.nanoTime() - begun, Math::max);
            LockSupport.parkNanos(PAUSE);
        }
    }

    private void note(AcquireRequest request, Decision decision) {
        if (decision.reason() == Reason.STORE_UNAVAILABLE) {
            byPolicy.incrementAndGet();
            return;
        }
        if (request == plenty) {
            lastByStore.set(System.nanoTime()); // the other's denials are remembered, and no news of the store
            denials.addAndGet(decision.allowed() ? 0 : 1);
        } else if (decision.allowed()) {
            grants.add(decision.grantedAt());
        }
    }

    /** Forgets what calls took, and who decided, until now. */
    void beginFault() {
        longest.set(0);
        byPolicy.set(0);
    }

    /** Waits until the store has decided something after that moment; how much later it was. */
    long nanosUntilDecision(long after) {
        while (lastByStore.get() - after <= 0) {
            LockSupport.parkNanos(100_000);
        }
        return lastByStore.get() - after;
    }

    long longestMillis() {
        return longest.get() / 1_000_000;
    }

    long byPolicy() {
        return byPolicy.get();
    }

    long denials() {
        return denials.get();
    }

    long exceptions() {
        return exceptions.get();
    }

    /** Grants of the store that had as many in the second before them as there may be. */
    long aboveLimit() {
        long[] times = grants.stream().mapToLong(Long::longValue).sorted().toArray();
        long above = 0;
        for (int i = PERMITS; i < times.length; i++) {
            above += times[i] - times[i - PERMITS] < WINDOW_MICROS ? 1 : 0;
        }
        return above;
    }

    @Override
    public void close() throws InterruptedException {
        over = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
