package io.github.ratelimited.sample.live;

import io.github.ratelimited.Decision;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.DecisionListener;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Tells each {@link Call} what is decided for it, be it by this thread or by the one that brings a store's answer. */
@Component
class CallListener implements DecisionListener {

    private static final ThreadLocal<@Nullable Call> CURRENT = new ThreadLocal<>();

    /** Begins {@code action} as that call. */
    <T> T listening(Call call, Supplier<T> action) {
        CURRENT.set(call);
        try {
            return action.get();
        } finally {
            CURRENT.remove();
        }
    }

    @Override
    public void decided(AcquireRequest request, Decision decision) {
        Call call = CURRENT.get();
        if (call != null) {
            call.decided(decision);
        }
    }

    @Override
    public @Nullable DecisionListener ofCaller() {
        Call call = CURRENT.get();
        return call == null ? null : (request, decision) -> call.decided(decision);
    }
}
