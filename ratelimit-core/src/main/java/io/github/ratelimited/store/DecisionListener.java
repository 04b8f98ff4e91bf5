package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Is told what is decided. It must neither wait nor throw: the call that was decided on is held up by it. One that stands
 * in a Reactor context under this class is told what is decided for the limited subscriptions of that context.
 */
@FunctionalInterface
public interface DecisionListener {

    /**
     * A decision was made; told by the thread that asked, or by the one that brought the answer.
     *
     * @param request what was asked for
     */
    void decided(AcquireRequest request, Decision decision);

    /** Tells all of them. */
    static DecisionListener all(List<DecisionListener> listeners) {
        if (listeners.size() == 1) {
            return listeners.get(0);
        }
        DecisionListener[] all = listeners.toArray(DecisionListener[]::new);
        return new DecisionListener() {
            @Override
            public void decided(AcquireRequest request, Decision decision) {
                for (DecisionListener each : all) {
                    each.decided(request, decision);
                }
            }

            @Override
            public @Nullable DecisionListener ofCaller() {
                List<DecisionListener> ofCaller = new ArrayList<>(all.length);
                for (DecisionListener each : all) {
                    DecisionListener found = each.ofCaller();
                    if (found != null) {
                        ofCaller.add(found);
                    }
                }
                return ofCaller.isEmpty() ? null : all(ofCaller);
            }
        };
    }

    /**
     * The listener to one request whose answer another thread may bring, asked for by the thread that makes it, say to
     * tell the web request that this thread serves; {@code null} = nobody wants to know.
     */
    default @Nullable DecisionListener ofCaller() {
        return this;
    }
}
