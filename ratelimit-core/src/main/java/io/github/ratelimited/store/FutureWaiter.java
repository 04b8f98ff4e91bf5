package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A future that waits in line. Only one of two can happen: its turn comes and we complete it, or somebody else completes
 * it first, which gives its place up. The line's lock decides which; before it has a place, {@code position} does. A million
 * may wait, so it keeps nothing that those who tell it know.
 */
abstract sealed class FutureWaiter<T extends @Nullable Object> extends CompletableFuture<T> implements Waiter {

    private static final Object SETTLED = new Object();
    private static final Object ABANDONED = new Object();

    private static final VarHandle POSITION;

    static {
        try {
            POSITION = MethodHandles.lookup().findVarHandle(FutureWaiter.class, "position", Object.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** {@code null} while the store is being asked, then a place in line, {@link #SETTLED} or {@link #ABANDONED}. */
    private volatile @Nullable Object position;

    /** What it is completed with. */
    abstract @Nullable T result(Decision allowed);

    /** Of who wants to know how it was decided. */
    static final class OfDecision extends FutureWaiter<Decision> {

        @Override
        Decision result(Decision allowed) {
            return allowed;
        }
    }

    /** Of who only waits. */
    static final class OfNothing extends FutureWaiter<@Nullable Void> {

        @Override
        @Nullable
        Void result(Decision allowed) {
            return null;
        }
    }

    /** The store has said yes, now; false if nobody is interested any more. */
    boolean settle(Admission admission, Decision allowed) {
        boolean settled = POSITION.compareAndSet(this, null, SETTLED);
        if (settled) {
            tell(admission, () -> super.complete(result(allowed)));
        }
        return settled;
    }

    /** The store has said no. */
    void deny(Admission admission, Decision denied) {
        fail(admission, new RateLimitExceededException(denied));
    }

    /** The store has said nothing; a failure that a stage has wrapped is told as it was. */
    void fail(Admission admission, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : null;
        if (POSITION.compareAndSet(this, null, SETTLED)) {
            tell(admission, () -> super.completeExceptionally(cause == null ? failure : cause));
        }
    }

    /** The answer of a store in another process comes by a thread of the store's, which is not for users' code. */
    private static void tell(Admission admission, Runnable completion) {
        if (admission.store().answersAtOnce()) {
            completion.run();
        } else {
            byExecutor(admission, completion);
        }
    }

    private static void byExecutor(Admission admission, Runnable completion) {
        try {
            admission.executor().execute(completion);
        } catch (RuntimeException | Error executorIsGone) {
            completion.run();
        }
    }

    /** Has a place in line now; gives it up again if nobody is interested any more. */
    void takePlace(WaitingLine.Place place) {
        if (!POSITION.compareAndSet(this, null, place)) {
            place.leave();
        }
    }

    /** As a thread that waits is interrupted. */
    void interrupt() {
        if (position instanceof WaitingLine.Place place) {
            completeExceptionally(new RateLimitExceededException(place.decision.interrupted()));
        }
    }

    @Override
    public void granted(Admission admission, AcquireRequest request, Decision decision) {
        byExecutor(admission, () -> grant(admission, request, decision));
    }

    /** Somebody may have lost interest after the place was taken, and before we knew it. */
    private void grant(Admission admission, AcquireRequest request, Decision decision) {
        position = SETTLED;
        if (!decision.allowed()) { // the limit was changed while it waited
            super.completeExceptionally(new RateLimitExceededException(decision));
            return;
        }
        if (!super.complete(result(decision))) {
            admission.refund(request, decision);
        }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return abandon() ? super.cancel(mayInterruptIfRunning) : isCancelled();
    }

    @Override
    public boolean complete(T value) {
        return abandon() && super.complete(value);
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
        return abandon() && super.completeExceptionally(failure);
    }

    @Override
    public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
        executor.execute(() -> {
            try {
                complete(supplier.get());
            } catch (Throwable failure) {
                completeExceptionally(failure);
            }
        });
        return this;
    }

    private boolean abandon() {
        if (POSITION.compareAndSet(this, null, ABANDONED)) {
            return true;
        }
        return position instanceof WaitingLine.Place place && place.leave();
    }
}
