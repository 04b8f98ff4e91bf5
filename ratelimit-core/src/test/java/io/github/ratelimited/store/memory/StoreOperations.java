package io.github.ratelimited.store.memory;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * One small store and what threads do to it, each operation by the text of its outcome. Time stands still while they
 * run: an operation reads the clock first and decides later, so with time moving between the two there would be answers
 * that are a moment old, and fit no order.
 *
 * <p>Before they run each thread has taken a permit, and a second has passed: so there is something to refund that a
 * reset comes after.
 */
class StoreOperations {

    static final int THREADS = 3;
    static final long SECOND = 1_000_000_000L;

    /** One permit a second of the first, two of the second: a cost of one is a cost of two there, and nothing is rounded. */
    static Limit[] limits(Algorithm first, Algorithm second) {
        return new Limit[] {limit(4, first), limit(8, second)};
    }

    static Limit limit(long permits, Algorithm algorithm) {
        return Limit.of(permits, Duration.ofSeconds(4)).withAlgorithm(algorithm);
    }

    /** Without a timer: who comes looks for what has expired, nobody else. */
    static final class Clock implements TimeSource {

        private long now;

        @Override
        public long nanoTime() {
            return now;
        }

        void jump(long nanos) {
            now += nanos;
        }

        @Override
        public Future<?> schedule(Runnable task, long delayNanos) {
            return new CompletableFuture<>();
        }
    }

    private record Taken(AcquireRequest request, Decision decision) {}

    final Clock clock = new Clock();
    final MemoryLimiterStore store;
    private final List<Deque<Taken>> taken = new ArrayList<>();

    StoreOperations(int maxKeys) {
        store = new MemoryLimiterStore(clock, maxKeys, new SipHash(1, 2));
        for (int thread = 0; thread <= THREADS; thread++) {
            taken.add(new ArrayDeque<>());
        }
    }

    final Claim claim(LimitName name, Limit limit, String key, long cost, long maxWaitNanos) {
        return store.claim(name, limit, key, cost, maxWaitNanos);
    }

    final String acquire(int thread, Claim... claims) {
        AcquireRequest request = new AcquireRequest(List.of(claims));
        Decision decision = store.acquire(request);
        if (decision.allowed()) {
            taken.get(thread).add(new Taken(request, decision));
        }
        return text(decision);
    }

    /** The oldest that the thread has taken and not given back. */
    final void refund(int thread) {
        Taken oldest = taken.get(thread).poll();
        if (oldest != null) {
            store.refund(oldest.request, oldest.decision);
        }
    }

    final String peek(Claim claim) {
        return text(store.peek(claim));
    }

    static String text(Decision decision) {
        StringBuilder text = new StringBuilder();
        for (Decision part : decision.parts()) {
            text.append(part.allowed() ? "yes" : "no")
                    .append(", ")
                    .append(part.remaining())
                    .append(" left, wait ")
                    .append(part.waitNanos())
                    .append(", retry ")
                    .append(part.retryAfter())
                    .append(", reset ")
                    .append(part.resetAfter())
                    .append("; ");
        }
        return text.toString();
    }
}
