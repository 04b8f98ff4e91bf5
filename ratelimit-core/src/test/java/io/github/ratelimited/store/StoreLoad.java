package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** Threads that ask for the same all the time, half of them asynchronously, and what they are told. */
public final class StoreLoad implements AutoCloseable {

    /** Far longer than a caller may be kept, on a machine that does many other things. */
    public static final Duration HUNG = Duration.ofSeconds(20);

    private static final int THREADS = 8;
    private static final long PAUSE = 200_000; // so that the server gets a turn as well

    private final LimiterStore store;
    private final AcquireRequest request;
    private final List<Thread> threads = new ArrayList<>();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong longest = new AtomicLong();
    private final AtomicReference<Decision> last = new AtomicReference<>();
    private volatile boolean over;

    public StoreLoad(LimiterStore store, AcquireRequest request) {
        this.store = store;
        this.request = request;
        for (int i = 0; i < THREADS; i++) {
            boolean async = i % 2 == 0;
            Thread thread = new Thread(() -> call(async), "load-" + i);
            thread.start();
            threads.add(thread);
        }
    }

    private void call(boolean async) {
        while (!over) {
            long begun = System.nanoTime();
            try {
                last.set(
                        async
                                ? store.acquireAsync(request)
                                        .toCompletableFuture()
                                        .get(HUNG.toSeconds(), TimeUnit.SECONDS)
                                : store.acquire(request));
            } catch (Throwable failure) {
                failures.add(failure);
            }
            longest.accumulateAndGet(System.nanoTime() - begun, Math::max);
            LockSupport.parkNanos(PAUSE);
        }
    }

    /** Waits until somebody is told that. */
    public Decision awaitReason(Reason reason) {
        last.set(null);
        Decision[] seen = new Decision[1];
        Await.until("a call is told " + reason, () -> {
            seen[0] = last.get();
            return seen[0] != null && seen[0].reason() == reason;
        });
        return seen[0];
    }

    /** Ends it: nobody was kept, and nobody was told of the store's own troubles. */
    @Override
    public void close() {
        over = true;
        Await.until("nobody hangs", () -> threads.stream().noneMatch(Thread::isAlive));
        assertThat(failures).isEmpty();
        assertThat(Duration.ofNanos(longest.get())).isLessThan(HUNG);
    }
}
