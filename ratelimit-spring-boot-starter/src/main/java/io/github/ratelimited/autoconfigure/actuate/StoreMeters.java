package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.store.FailSafeStore;
import io.github.ratelimited.store.StoreListener;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * The meters of stores in other processes: {@code ratelimit.store}, a timer of the questions by {@code store} and
 * {@code outcome}, and {@code ratelimit.store.available}, 1 as long as the store is asked, else 0.
 */
final class StoreMeters implements StoreListener, SmartInitializingSingleton {

    private record Question(String store, Outcome outcome) {}

    private final Supplier<MeterRegistry> registry;
    private final Supplier<Iterable<FailSafeStore>> stores;
    private final Map<Question, Timer> timers = new ConcurrentHashMap<>();

    /** Meters in that registry, which may be asked for only when there are questions. */
    StoreMeters(Supplier<MeterRegistry> registry, Supplier<Iterable<FailSafeStore>> stores) {
        this.registry = registry;
        this.stores = stores;
    }

    @Override
    public void afterSingletonsInstantiated() {
        for (FailSafeStore store : stores.get()) {
            Gauge.builder("ratelimit.store.available", store, each -> each.available() ? 1 : 0)
                    .description("1 as long as the store of limits is asked, 0 while it is known to give no answer")
                    .tag("store", store.storeName())
                    .register(registry.get());
            for (Outcome outcome : Outcome.values()) {
                timer(new Question(store.storeName(), outcome)); // a zero, so that the first can be seen
            }
        }
    }

    @Override
    public void over(String store, Outcome outcome, long nanos) {
        timers.computeIfAbsent(new Question(store, outcome), this::timer).record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(Question question) {
        return Timer.builder("ratelimit.store")
                .description("Questions to a store of limits, and how long they were under way")
                .tag("store", question.store)
                .tag("outcome", question.outcome.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .register(registry.get());
    }
}
