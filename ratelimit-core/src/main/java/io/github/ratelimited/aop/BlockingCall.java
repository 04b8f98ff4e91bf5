package io.github.ratelimited.aop;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.WaitInterruptedException;
import java.lang.reflect.Method;
import java.util.concurrent.atomic.AtomicBoolean;
import org.aopalliance.intercept.MethodInvocation;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Schedulers;

/** The caller's thread waits. */
final class BlockingCall implements CallStyle {

    private static final Log log = LogFactory.getLog(BlockingCall.class);

    private final Method method;
    private final AtomicBoolean warned = new AtomicBoolean();

    BlockingCall(Method method) {
        this.method = method;
    }

    @Override
    public @Nullable Object call(MethodPlan plan, MethodInvocation call) throws Throwable {
        AcquireRequest request = plan.request(call);
        if (request != null) {
            Decision decision = admit(plan.admission(), request);
            if (!decision.allowed()) {
                return plan.denied(call, new RateLimitExceededException(decision));
            }
        }
        return call.proceed();
    }

    private Decision admit(Admission admission, AcquireRequest request) {
        if (request.mayWait() && REACTOR && Schedulers.isInNonBlockingThread() && warned.compareAndSet(false, true)) {
            log.warn("@RateLimited may let a thread that must not block wait: " + method
                    + " was called by an event loop. Return a Mono or a CompletableFuture, or call it elsewhere.");
        }
        try {
            return admission.admit(request);
        } catch (WaitInterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return interrupted.reserved().interrupted();
        }
    }
}
