package io.github.ratelimited.aop;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.DeferredCall;
import java.util.concurrent.CompletableFuture;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

/** Nobody waits: a call that has to is made when its turn comes, and its future follows. A denial is a failed future. */
final class FutureCall implements CallStyle {

    @Override
    public @Nullable Object call(MethodPlan plan, MethodInvocation call) throws Throwable {
        AcquireRequest request;
        try {
            request = plan.request(call);
        } catch (RuntimeException failed) {
            return CompletableFuture.failedFuture(failed); // of an expression, or what it gives is no key or cost
        }
        if (request == null) {
            return call.proceed();
        }
        Admission admission = plan.admission();
        Decision atOnce = admission.decideAtOnce(request);
        if (atOnce != null && atOnce.allowed()) {
            return call.proceed();
        }
        CompletableFuture<Decision> turn = atOnce != null
                ? CompletableFuture.failedFuture(new RateLimitExceededException(atOnce))
                : admission.admitAsync(request);
        if (turn.isDone() && !turn.isCompletedExceptionally()) {
            return call.proceed();
        }
        return later(plan, CallStyle.detached(call)).at(turn, unused -> admission.refund(request, unused));
    }

    private static DeferredCall later(MethodPlan plan, MethodInvocation call) {
        return new DeferredCall() {
            @Override
            protected @Nullable Object make() throws Throwable {
                return call.proceed();
            }

            @Override
            protected @Nullable Object denied(RateLimitExceededException denial) throws Throwable {
                return plan.denied(call, denial);
            }
        };
    }
}
