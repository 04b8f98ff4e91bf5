package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.Decision;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.CallCounts;
import io.github.ratelimited.store.CallCounts.Counts;
import io.github.ratelimited.store.CallCounts.Outcome;
import io.github.ratelimited.store.DecisionListener;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimitPolicy;
import io.micrometer.core.instrument.Counter;
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
import java.util.function.Function;
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

    private final Function<LimitName, LimitPolicy> policies;
    private final ToLongFunction<LimitName> waiting;
    private final ToLongFunction<LimitName> shutOut;

    /**
     * Meters in that registry, which may be asked for only when there are limits.
     *
     * @param policies what holds for a limit besides its numbers
     * @param waiting how many wait under a limit now
     * @param shutOut how many of its keys are shut out now
     */
    CallMeters(
            Supplier<MeterRegistry> registry,
            Function<LimitName, LimitPolicy> policies,
            ToLongFunction<LimitName> waiting,
            ToLongFunction<LimitName> shutOut) {
        this.registry = registry;
        this.policies = policies;
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
        String limit = counts.name().shown();
        shown.computeIfAbsent(limit, this::register).counts.add(counts);
        LimitPolicy policy = policies.apply(counts.name());
        if (policy.near() != null) {
            near(limit); // a zero, so that the first can be seen
        }
        if (policy.penalty() != null) {
            penalties(limit);
        }
    }

    /** Counts periods in which a limit was near. */
    Counter near(String limit) {
        return Counter.builder("ratelimit.near")
                .description("Periods of a limit in which it came near its end")
                .tag("limit", limit)
                .register(registry.get());
    }

    /** Counts penalties that have begun. */
    Counter penalties(String limit) {
        return Counter.builder("ratelimit.penalties")
                .description("Penalties that have begun, for keys that kept being denied")
                .tag("limit", limit)
                .register(registry.get());
    }

    /** Counts questions to the application's resolvers. */
    Counter resolver(String limit, boolean failed) {
        return Counter.builder("ratelimit.resolver")
                .description("Questions to LimitResolver beans")
                .tag("limit", limit)
                .tag("outcome", failed ? "failed" : "resolved")
                .register(registry.get());
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
