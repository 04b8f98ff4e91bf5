package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An asynchronous call that is made when its turn comes, and the future that follows what it makes. */
public abstract class DeferredCall {

    /** Makes the call: a {@link CompletionStage}, a {@link Future} or a value. */
    protected abstract @Nullable Object make() throws Throwable;

    /** What there is instead of a denied call; unless overridden, the denial is thrown. */
    protected @Nullable Object denied(RateLimitExceededException denial) throws Throwable {
        throw denial;
    }

    /**
     * The future of the call. Whoever cancels it, or completes it in another way, gives the turn up if that has not come
     * yet; cancelling it later cancels the future that the call has made. Whichever thread makes the call has the context
     * class loader of the one that asked for it.
     *
     * @param turn fails with {@link RateLimitExceededException} if the call is denied
     * @param giveBack takes the decision of a turn that came just as it was given up
     */
    public final <T extends @Nullable Object> CompletableFuture<T> at(
            CompletableFuture<Decision> turn, Consumer<Decision> giveBack) {
        CompletableFuture<T> result = new CompletableFuture<>();
        ClassLoader callers = Thread.currentThread().getContextClassLoader();
        turn.whenComplete((decision, failure) -> {
            if (failure == null && result.isDone()) {
                giveBack.accept(decision);
                return;
            }
            Thread thread = Thread.currentThread();
            ClassLoader own = thread.getContextClassLoader();
            thread.setContextClassLoader(callers);
            try {
                follow(result, made(failure));
            } catch (Throwable thrown) {
                result.completeExceptionally(thrown);
            } finally {
                thread.setContextClassLoader(own);
            }
        });
        result.whenComplete((value, failure) -> turn.cancel(false));
        return result;
    }

    private @Nullable Object made(@Nullable Throwable failure) throws Throwable {
        if (failure == null) {
            return make();
        }
        if (failure instanceof RateLimitExceededException denial) {
            return denied(denial);
        }
        throw failure;
    }

    private static <T extends @Nullable Object> void follow(CompletableFuture<T> result, @Nullable Object made) {
        if (made instanceof Future<?> future) {
            result.whenComplete((value, failure) -> {
                if (result.isCancelled()) {
                    future.cancel(true);
                }
            });
        }
        if (made instanceof CompletionStage<?> stage) {
            stage.whenComplete((value, failure) -> {
                if (failure != null) {
                    result.completeExceptionally(failure);
                } else {
                    complete(result, value);
                }
            });
        } else if (made instanceof Future<?> future) {
            // Only its own get() tells when such a future is done: a thread has to ask it, and none that others need.
            Thread asking = new Thread(() -> ask(future, result), "ratelimit-future");
            asking.setDaemon(true);
            asking.start();
        } else {
            complete(result, made);
        }
    }

    private static <T extends @Nullable Object> void ask(Future<?> future, CompletableFuture<T> result) {
        try {
            complete(result, future.get());
        } catch (Exception failed) {
            result.completeExceptionally(failed.getCause() == null ? failed : failed.getCause());
        }
    }

    @SuppressWarnings("unchecked") // whoever makes the call knows what it makes
    private static <T extends @Nullable Object> void complete(CompletableFuture<T> result, @Nullable Object value) {
        result.complete((T) value);
    }
}
