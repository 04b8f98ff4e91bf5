package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.Decision;
import io.github.ratelimited.store.DecisionListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The meters of limits: {@code ratelimit.calls}, a counter by {@code limit} and {@code outcome} ({@code allowed},
 * {@code waited}, {@code denied}, or {@code bypassed} where nobody could count), and {@code ratelimit.wait}, a timer of the
 * waits that calls were given. Of several limits taken together, a denial counts for those that denied.
 */
final class CallMeters implements DecisionListener {

    private record Meters(Counter allowed, Counter waited, Counter denied, Counter bypassed, Timer waits) {

        static Meters of(String limit, MeterRegistry registry) {
            return new Meters(
                    counter(limit, "allowed", registry),
                    counter(limit, "waited", registry),
                    counter(limit, "denied", registry),
                    counter(limit, "bypassed", registry),
                    Timer.builder("ratelimit.wait")
                            .description("How long calls had to wait for their turn")
                            .tag("limit", limit)
                            .register(registry));
        }

        private static Counter counter(String limit, String outcome, MeterRegistry registry) {
            return Counter.builder("ratelimit.calls")
                    .description("Calls under a limit, by what became of them")
                    .tag("limit", limit)
                    .tag("outcome", outcome)
                    .register(registry);
        }

        void count(Decision part, long waitNanos) {
            if (!part.counted()) {
                bypassed.increment();
            } else if (waitNanos == 0) {
                allowed.increment();
            } else {
                waited.increment();
                waits.record(waitNanos, TimeUnit.NANOSECONDS);
            }
        }
    }

    private final Supplier<MeterRegistry> registry;
    private final Map<String, Meters> limits = new ConcurrentHashMap<>();

    /** Meters in that registry, which may be asked for only when there are calls. */
    CallMeters(Supplier<MeterRegistry> registry) {
        this.registry = registry;
    }

    @Override
    public void decided(Decision decision) {
        List<Decision> parts = decision.parts();
        for (int i = 0; i < parts.size(); i++) {
            Decision part = parts.get(i);
            if (!part.allowed()) {
                meters(part).denied.increment();
            } else if (decision.allowed()) {
                meters(part).count(part, decision.waitNanos());
            }
        }
    }

    private Meters meters(Decision part) {
        Meters known = limits.get(part.limitName());
        return known != null
                ? known
                : limits.computeIfAbsent(part.limitName(), limit -> Meters.of(limit, registry.get()));
    }
}
