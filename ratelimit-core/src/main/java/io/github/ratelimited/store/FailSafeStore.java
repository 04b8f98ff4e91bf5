package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.StoreListener.Outcome;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A remote store that may fail, hang or be cut off, at no caller's expense: after the timeout, or at once while the
 * store is known to give no answer, the limit's policy decides, and the decision says so
 * ({@link Reason#STORE_UNAVAILABLE}). Asks the remote store by its asynchronous methods only, which must not wait.
 */
public final class FailSafeStore implements LimiterStore, AutoCloseable {

    private static final Logger log = System.getLogger(FailSafeStore.class.getName());

    private static final Executor BY_WHOEVER_BRINGS_IT = Runnable::run;

    private final LimiterStore remote;
    private final String storeName;
    private final TimeSource time;
    private final Timeouts timeouts;
    private final LimiterStore local;
    private final StandIn standIn;
    private final StoreHealth health;
    private final StoreListener listener;
    private final AtomicBoolean listenerFailed = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** As the other constructor, for nobody to hear of it. */
    public FailSafeStore(
            LimiterStore remote,
            String storeName,
            TimeSource time,
            Duration timeout,
            Function<LimitName, StoreFailurePolicy> policies,
            LimiterStore local,
            int expectedInstances) {
        this(remote, storeName, time, timeout, policies, local, expectedInstances, StoreListener.NONE);
    }

    /**
     * Around {@code remote}.
     *
     * @param storeName what the log calls it
     * @param timeout the longest that a caller waits for an answer
     * @param policies what each limit does without one
     * @param local counts where the policy is {@link StoreFailurePolicy#LOCAL}; without trips
     * @param expectedInstances by how many instances a limit is shared: then each lets its share through, at least one
     *     permit
     * @param listener hears what becomes of each question
     * @throws IllegalArgumentException if {@code timeout} or {@code expectedInstances} is not positive
     */
    public FailSafeStore(
            LimiterStore remote,
            String storeName,
            TimeSource time,
            Duration timeout,
            Function<LimitName, StoreFailurePolicy> policies,
            LimiterStore local,
            int expectedInstances,
            StoreListener listener) {
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout = " + timeout + " of store '" + storeName
                    + "' is not longer than zero; write for example 100ms");
        }
        if (expectedInstances < 1) {
            throw new IllegalArgumentException("expected-instances = " + expectedInstances + " is not positive");
        }
        this.listener = listener;
        this.remote = remote;
        this.storeName = storeName;
        this.time = time;
        this.timeouts = new Timeouts(time, timeout);
        this.local = local;
        this.standIn = new StandIn(policies, local, expectedInstances);
        this.health = new StoreHealth(remote, storeName, time, timeouts);
    }

    /** Whether the store is being asked; otherwise policies decide until it answers again. */
    public boolean available() {
        return health.failure() == null;
    }

    /** Why the store is not {@linkplain #available() available}; {@code null} if it is. */
    public @Nullable Throwable failure() {
        return health.failure();
    }

    /** The same in words, without keys. */
    public @Nullable String failureText() {
        return health.failureText();
    }

    /** What the log calls the store. */
    public String storeName() {
        return storeName;
    }

    /** The thread sleeps until the answer or the timeout; an interrupt waits as well, so that no permit is lost. */
    @Override
    public Decision acquire(AcquireRequest request) {
        if (!available()) {
            return notAsked(request);
        }
        // Not by the executor, whose threads may all be waiting here.
        return ask(request, BY_WHOEVER_BRINGS_IT).join();
    }

    @Override
    public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
        return available()
                ? ask(request, time.executor()).minimalCompletionStage()
                : CompletableFuture.completedFuture(notAsked(request));
    }

    private Decision notAsked(AcquireRequest request) {
        tell(Outcome.NOT_ASKED, 0);
        return standIn.decide(request);
    }

    private CompletableFuture<Decision> ask(AcquireRequest request, Executor atTimeout) {
        Question question = new Question(request, atTimeout);
        question.start(question::ask);
        return question.decided;
    }

    /** What is asked for a caller, and what becomes of it. */
    private final class Question extends TimedTrip<Decision> {

        private final AcquireRequest request;
        private final Executor atTimeout;
        private final CompletableFuture<Decision> decided = new CompletableFuture<>();
        private volatile @Nullable CompletionStage<Decision> asked;

        Question(AcquireRequest request, Executor atTimeout) {
            super(timeouts);
            this.request = request;
            this.atTimeout = atTimeout;
        }

        CompletionStage<Decision> ask() {
            CompletionStage<Decision> answer = remote.acquireAsync(request);
            asked = answer;
            return answer;
        }

        @Override
        void answered(Decision answer) {
            health.answered();
            over(this, Outcome.ANSWERED);
            decided.complete(answer);
        }

        @Override
        void failed(Throwable cause) {
            health.failed(cause, request);
            over(this, Outcome.FAILED);
            standIn();
        }

        @Override
        void timedOut(TimeoutException cause) {
            health.failed(cause, request);
            over(this, Outcome.TIMED_OUT);
            if (asked instanceof Caller inLine && !standIn.onlyAllows(request)) {
                inLine.cancel(false); // a trip that has not begun needs not take anything for it
            }
            by(atTimeout, this::standIn);
        }

        private void standIn() {
            complete(decided, () -> standIn.decide(request));
        }

        /** What was let through uncounted may as well be counted late; for all else somebody stood in. */
        @Override
        void late(Decision answer) {
            if (answer.allowed() && !standIn.onlyAllows(request)) {
                decided.whenComplete((decision, failure) -> refund(request, answer));
            }
        }
    }

    private void over(TimedTrip<?> trip, Outcome outcome) {
        if (listener != StoreListener.NONE) {
            tell(outcome, timeouts.nanosUnderWay(trip));
        }
    }

    /** Whoever listens must not keep callers from their decisions. */
    private void tell(Outcome outcome, long nanos) {
        try {
            listener.over(storeName, outcome, nanos);
        } catch (RuntimeException failure) {
            if (listenerFailed.compareAndSet(false, true)) {
                log.log(Level.WARNING, "Whoever listens to store '" + storeName + "' fails; told once", failure);
            }
        }
    }

    /** What goes wrong in deciding without the store is told to who asked, not to the timer. */
    private static <T> void complete(CompletableFuture<T> future, Supplier<T> value) {
        try {
            future.complete(value.get());
        } catch (RuntimeException | Error failure) {
            future.completeExceptionally(failure);
        }
    }

    private static void by(Executor executor, Runnable task) {
        try {
            executor.execute(task);
        } catch (RuntimeException executorIsGone) {
            task.run();
        }
    }

    @Override
    public void refund(AcquireRequest request, Decision decision) {
        if (decision.reason() == Reason.STORE_UNAVAILABLE) {
            standIn.refund(request, decision);
            return;
        }
        try {
            remote.refund(request, decision);
        } catch (RuntimeException failure) {
            health.failed(failure, request);
        }
    }

    @Override
    public long turnAt(Decision reserved, TimeSource timeSource) {
        LimiterStore decided = reserved.reason() == Reason.STORE_UNAVAILABLE ? local : remote;
        return decided.turnAt(reserved, timeSource);
    }

    @Override
    public Decision peek(Claim claim) {
        return peek(claim, BY_WHOEVER_BRINGS_IT).join();
    }

    @Override
    public CompletionStage<Decision> peekAsync(Claim claim) {
        return peek(claim, time.executor()).minimalCompletionStage();
    }

    private CompletableFuture<Decision> peek(Claim claim, Executor atTimeout) {
        CompletableFuture<Decision> peeked = new CompletableFuture<>();
        if (!available()) {
            complete(peeked, () -> standIn.peek(claim));
            return peeked;
        }
        AcquireRequest request = AcquireRequest.of(claim);
        new TimedTrip<Decision>(timeouts) {
            @Override
            void answered(Decision answer) {
                health.answered();
                peeked.complete(answer);
            }

            @Override
            void failed(Throwable cause) {
                health.failed(cause, request);
                complete(peeked, () -> standIn.peek(claim));
            }

            @Override
            void timedOut(TimeoutException cause) {
                health.failed(cause, request);
                by(atTimeout, () -> complete(peeked, () -> standIn.peek(claim)));
            }
        }.start(() -> StoreHealth.apart(() -> remote.peekAsync(claim), time.executor()));
        return peeked;
    }

    /**
     * Gives back both in the remote store and in what this instance has counted for it.
     *
     * @throws StoreUnavailableException if the remote store failed, or did not confirm within the timeout; then it may
     *     have given them back or not
     */
    @Override
    public void giveBack(Claim claim) {
        standIn.giveBack(claim);
        Throwable failure = failureOf(() -> remote.giveBack(claim));
        if (failure != null) {
            throw new StoreUnavailableException(
                    "Store '" + storeName + "' has not confirmed that permits of rate limit '"
                            + claim.name().shown()
                            + "' were given back; look how it stands when it answers",
                    failure);
        }
    }

    /**
     * Resets both the remote store and what this instance has counted for it.
     *
     * @throws StoreUnavailableException if the remote store failed, or did not confirm within the timeout
     */
    @Override
    public void reset(LimitName name, @Nullable String key) {
        standIn.reset(name, key);
        Throwable failure = failureOf(() -> remote.reset(name, key));
        if (failure != null) {
            throw new StoreUnavailableException(
                    "Store '" + storeName + "' has not confirmed the reset of rate limit '" + name.shown()
                            + "'; try again when it answers",
                    failure);
        }
    }

    /** Why the remote store has not confirmed what an operator asks of it; {@code null} if it has. */
    private @Nullable Throwable failureOf(Runnable deed) {
        CompletableFuture<@Nullable Throwable> outcome = new CompletableFuture<>();
        new TimedTrip<Runnable>(timeouts) {
            @Override
            void answered(Runnable done) {
                outcome.complete(null);
            }

            @Override
            void failed(Throwable cause) {
                outcome.complete(cause);
            }

            @Override
            void timedOut(TimeoutException cause) {
                outcome.complete(cause);
            }
        }.start(() -> CompletableFuture.runAsync(deed, time.executor()).thenApply(done -> deed));
        return outcome.join();
    }

    @Override
    public Claim claim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
        return remote.claim(name, limit, key, cost, maxWaitNanos);
    }

    /** Stops looking whether the store answers again, and closes it if that can be closed; calls are still decided. */
    @Override
    public void close() {
        health.close();
        if (closed.compareAndSet(false, true)) {
            Closing.close(remote); // once: it may be a store that somebody has written
        }
    }
}
