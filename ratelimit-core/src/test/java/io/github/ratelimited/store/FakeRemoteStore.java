package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Counts as the memory store does, but answers when the test says so, or fails. Each question is decided at once. */
final class FakeRemoteStore implements LimiterStore {

    private final LimiterStore memory;
    private final List<String> calls = new ArrayList<>();
    private final List<Decision> refunds = new ArrayList<>();
    private final Deque<Runnable> held = new ArrayDeque<>();
    private final CountDownLatch asked = new CountDownLatch(1);

    private @Nullable RuntimeException failure;
    private @Nullable RuntimeException writeFailure;
    private boolean throwing;
    private boolean holding;

    FakeRemoteStore(TimeSource time) {
        this(new MemoryLimiterStore(time, 1000));
    }

    FakeRemoteStore(LimiterStore memory) {
        this.memory = memory;
    }

    /** As if the network kept the answers from now on. */
    void hold() {
        holding = true;
    }

    /** Lets the answers that were held through, and holds no more. */
    synchronized void letThrough() {
        holding = false;
        while (!held.isEmpty()) {
            held.remove().run();
        }
    }

    /** As {@link #letThrough}, as if the answers had overtaken each other. */
    synchronized void letThroughShuffled(Random random) {
        List<Runnable> shuffled = new ArrayList<>(held);
        Collections.shuffle(shuffled, random);
        held.clear();
        held.addAll(shuffled);
        letThrough();
    }

    /** Fails from now on, by its future. */
    void fail(RuntimeException failure) {
        this.failure = failure;
    }

    /** Fails from now on, before it has a future. */
    void failAtOnce(RuntimeException failure) {
        fail(failure);
        throwing = true;
    }

    /** Fails from now on to take anything; what is there can be seen. */
    void failToWrite(RuntimeException failure) {
        writeFailure = failure;
    }

    void work() {
        failure = null;
        writeFailure = null;
        throwing = false;
        holding = false;
        held.clear();
    }

    /** What it was asked, each by the name of the method. */
    synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    List<Decision> refunds() {
        return refunds;
    }

    /** The store behind it, as another node sees it. */
    LimiterStore elsewhere() {
        return memory;
    }

    void awaitQuestion() throws InterruptedException {
        asked.await();
    }

    private synchronized <T> CompletionStage<T> answer(String call, Supplier<T> answer) {
        calls.add(call);
        asked.countDown();
        if (failure != null) {
            if (throwing) {
                throw failure;
            }
            return CompletableFuture.failedFuture(failure);
        }
        if (writeFailure != null && !call.equals("peek")) {
            return CompletableFuture.failedFuture(writeFailure);
        }
        T decided = answer.get();
        CompletableFuture<T> future = new CompletableFuture<>();
        if (holding) {
            held.add(() -> future.complete(decided));
        } else {
            future.complete(decided);
        }
        return future;
    }

    @Override
    public Decision acquire(AcquireRequest request) {
        return acquireAsync(request).toCompletableFuture().join();
    }

    @Override
    public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
        return answer("acquire", () -> memory.acquire(request));
    }

    @Override
    public CompletionStage<List<Decision>> acquireAll(List<AcquireRequest> requests) {
        return answer(
                "acquireAll " + requests.size(),
                () -> requests.stream().map(memory::acquire).toList());
    }

    @Override
    public void refund(AcquireRequest request, Decision decision) {
        refunds.add(decision);
        answer("refund", () -> true);
        memory.refund(request, decision);
    }

    @Override
    public Decision peek(Claim claim) {
        return peekAsync(claim).toCompletableFuture().join();
    }

    @Override
    public CompletionStage<Decision> peekAsync(Claim claim) {
        return answer("peek", () -> memory.peek(claim));
    }

    @Override
    public void giveBack(Claim claim) {
        answer("giveBack", () -> {
                    memory.giveBack(claim);
                    return true;
                })
                .toCompletableFuture()
                .join();
    }

    @Override
    public void reset(LimitName name, @Nullable String key) {
        answer("reset", () -> {
                    memory.reset(name, key);
                    return true;
                })
                .toCompletableFuture()
                .join();
    }
}
