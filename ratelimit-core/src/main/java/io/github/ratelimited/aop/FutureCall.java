package io.github.ratelimited.aop;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.store.AcquireRequest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/** Nobody waits: a call that has to is made when its turn comes, and its future follows. A denial is a failed future. */
final class FutureCall implements CallStyle {

    @Override
    public @Nullable Object call(MethodPlan plan, MethodInvocation call) throws Throwable {
        AcquireRequest request = plan.request(call);
        if (request == null) {
            return call.proceed();
        }
        CompletableFuture<Decision> turn = plan.admission().admitAsync(request, decision -> decision);
        return turn.isDone() && !turn.isCompletedExceptionally()
                ? call.proceed()
                : later(plan, CallStyle.detached(call), request, turn);
    }

    private static CompletableFuture<@Nullable Object> later(
            MethodPlan plan, MethodInvocation call, AcquireRequest request, CompletableFuture<Decision> turn) {
        CompletableFuture<@Nullable Object> result = new CompletableFuture<>();
        turn.whenComplete((decision, failure) -> {
            try {
                Object made;
                if (failure == null && result.isDone()) {
                    plan.admission().refund(request, decision); // given up just as its turn came
                    return;
                } else if (failure == null) {
                    made = call.proceed();
                } else if (failure instanceof RateLimitExceededException denial) {
                    made = plan.denied(call, denial);
                } else {
                    throw failure;
                }
                follow(result, made);
            } catch (Throwable thrown) {
                result.completeExceptionally(thrown);
            }
        });
        // Whoever cancels or times out the result before its turn gives the turn up.
        result.whenComplete((value, failure) -> turn.cancel(false));
        return result;
    }

    private static void follow(CompletableFuture<@Nullable Object> result, @Nullable Object made) {
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
                    result.complete(value);
                }
            });
        } else if (made instanceof Future<?> future) {
            // Only its own get() tells when such a future is done: a thread has to ask it, and none that others need.
            Thread asking = new Thread(() -> ask(future, result), "ratelimit-future");
            asking.setDaemon(true);
            asking.start();
        } else {
            result.complete(made);
        }
    }

    private static void ask(Future<?> future, CompletableFuture<@Nullable Object> result) {
        try {
            result.complete(future.get());
        } catch (Exception failed) {
            result.completeExceptionally(failed.getCause() == null ? failed : failed.getCause());
        }
    }
}
