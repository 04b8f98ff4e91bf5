package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.Decision;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.DecisionListener;
import io.micrometer.observation.Observation;
import io.micrometer.observation.Observation.Event;
import io.micrometer.observation.ObservationRegistry;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Tells the observation of a caller, and with it his span, of a wait or a denial. */
final class ObservedDecisions implements DecisionListener {

    private final Supplier<ObservationRegistry> registry;

    /** Of that registry, which may be asked for only when there are calls. */
    ObservedDecisions(Supplier<ObservationRegistry> registry) {
        this.registry = registry;
    }

    @Override
    public void decided(AcquireRequest request, Decision decision) {
        if (isTold(decision)) {
            tell(registry.get().getCurrentObservation(), decision);
        }
    }

    /** The observation is that of the thread that asks, whoever brings the answer. */
    @Override
    public @Nullable DecisionListener ofCaller() {
        Observation current = registry.get().getCurrentObservation();
        return current == null
                ? null
                : (request, decision) -> {
                    if (isTold(decision)) {
                        tell(current, decision);
                    }
                };
    }

    private static boolean isTold(Decision decision) {
        return !decision.allowed() || decision.waitNanos() > 0;
    }

    private static void tell(@Nullable Observation current, Decision decision) {
        if (current != null) {
            String limit = "rate limit '" + decision.limitName() + "'";
            current.event(
                    decision.allowed()
                            ? Event.of("ratelimit.wait", limit + " lets wait " + decision.waitTime())
                            : Event.of("ratelimit.denied", limit + " denied"));
        }
    }
}
