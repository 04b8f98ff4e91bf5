package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.Decision;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.CallCounts;
import io.github.ratelimited.store.CallCounts.Counts;
import io.github.ratelimited.store.CallCounts.Outcome;
import io.github.ratelimited.store.DecisionListener;
import io.github.ratelimited.store.LimitName;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * The meters of limits: {@code ratelimit.calls}, a counter by {@code limit} and {@code outcome} that reads
 * {@link CallCounts}, so that calls pay for counting once; {@code ratelimit.wait}, a timer of the waits that calls were
 * given; {@code ratelimit.waiting} and {@code ratelimit.shut.out}, the callers that wait and the keys that are shut out.
 */
final class CallMeters implements DecisionListener {

    private final Supplier<MeterRegistry> registry;

    /** By what people are shown, which several limits may share. */
    private final Map<String, Shown> shown = new ConcurrentHashMap<>();

    private final ToLongFunction<LimitName> waiting;
    private final ToLongFunction<LimitName> shutOut;

    /**
     * Meters in that registry, which may be asked for only when there are limits.
     *
     * @param waiting how many wait under a limit now
     * @param shutOut how many of its keys are shut out now
     */
    CallMeters(Supplier<MeterRegistry> registry, ToLongFunction<LimitName> waiting, ToLongFunction<LimitName> shutOut) {
        this.registry = registry;
        this.waiting = waiting;
        this.shutOut = shutOut;
    }

    private record Shown(List<Counts> counts, Timer waits) {

        double sum(Outcome outcome) {
            double sum = 0;
            for (Counts each : counts) {
                sum += each.of(outcome);
            }
            return sum;
        }

        /** Plans count with their limit. */
        double sum(ToLongFunction<LimitName> now) {
            return counts.stream()
                    .map(Counts::name)
                    .filter(name -> name.id().equals(name.limitId()))
                    .mapToLong(now)
                    .sum();
        }
    }

    /** A limit that begins to be counted. */
    void begun(Counts counts) {
        shown.computeIfAbsent(counts.name().shown(), this::register).counts.add(counts);
    }

    private Shown register(String limit) {
        Shown made = new Shown(
                new CopyOnWriteArrayList<>(),
                Timer.builder("ratelimit.wait")
                        .description("How long calls had to wait for their turn")
                        .tag("limit", limit)
                        .register(registry.get()));
        for (Outcome outcome : Outcome.values()) {
            FunctionCounter.builder("ratelimit.calls", made, each -> each.sum(outcome))
                    .description("Calls under a limit, by what became of them")
                    .tag("limit", limit)
                    .tag("outcome", outcome.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                    .register(registry.get());
        }
        Gauge.builder("ratelimit.waiting", made, each -> each.sum(waiting))
                .description("Callers that wait for their turn now")
                .tag("limit", limit)
                .register(registry.get());
        Gauge.builder("ratelimit.shut.out", made, each -> each.sum(shutOut))
                .description("Keys that are shut out now, since they kept being denied")
                .tag("limit", limit)
                .register(registry.get());
        return made;
    }

    @Override
    public void decided(AcquireRequest request, Decision decision) {
        long waitNanos = decision.waitNanos();
        if (waitNanos == 0 || !decision.allowed()) {
            return;
        }
        for (Decision part : decision.parts()) {
            Shown known = part.shadow() || !part.counted() ? null : shown.get(part.limitName());
            if (known != null) {
                known.waits.record(waitNanos, TimeUnit.NANOSECONDS);
            }
        }
    }
}
