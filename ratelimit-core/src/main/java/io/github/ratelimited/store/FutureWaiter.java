package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A future that waits in line. Only one of two can happen: its turn comes and we complete it, or somebody else completes
 * it first, which gives its place up. The line's lock decides which; before it has a place, {@code position} does.
 */
final class FutureWaiter<T extends @Nullable Object> extends CompletableFuture<T> implements Waiter {

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

    private final Admission admission;
    private final Function<Decision, T> result;

    /** {@code null} while the store is being asked, then a place in line, {@link #SETTLED} or {@link #ABANDONED}. */
    private volatile @Nullable Object position;

    FutureWaiter(Admission admission, Function<Decision, T> result) {
        this.admission = admission;
        this.result = result;
    }

    /** The store has said yes, now; false if nobody is interested any more. */
    boolean settle(Decision allowed) {
        boolean settled = POSITION.compareAndSet(this, null, SETTLED);
        if (settled) {
            tell(() -> super.complete(result.apply(allowed)));
        }
        return settled;
    }

    /** The store has said no. */
    void deny(Decision denied) {
        fail(new RateLimitExceededException(denied));
    }

    /** The store has said nothing; a failure that a stage has wrapped is told as it was. */
    void fail(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : null;
        if (POSITION.compareAndSet(this, null, SETTLED)) {
            tell(() -> super.completeExceptionally(cause == null ? failure : cause));
        }
    }

    /** The answer of a store in another process comes by a thread of the store's, which is not for users' code. */
    private void tell(Runnable completion) {
        if (admission.store().answersAtOnce()) {
            completion.run();
        } else {
            byExecutor(completion);
        }
    }

    private void byExecutor(Runnable completion) {
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

    @Override
    public void granted(AcquireRequest request, Decision decision) {
        byExecutor(() -> grant(request, decision));
    }

    /** Somebody may have lost interest after the place was taken, and before we knew it. */
    private void grant(AcquireRequest request, Decision decision) {
        position = SETTLED;
        if (!decision.allowed()) { // the limit was changed while it waited
            super.completeExceptionally(new RateLimitExceededException(decision));
            return;
        }
        if (!super.complete(result.apply(decision))) {
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
