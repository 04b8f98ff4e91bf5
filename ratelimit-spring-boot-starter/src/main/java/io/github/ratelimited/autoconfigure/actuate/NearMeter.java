package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.RateLimitNearEvent;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Supplier;
import org.springframework.context.ApplicationListener;

/** The meter {@code ratelimit.near}, a counter by {@code limit} of the periods in which it was near. */
final class NearMeter implements ApplicationListener<RateLimitNearEvent> {

    private final Supplier<MeterRegistry> registry;

    NearMeter(Supplier<MeterRegistry> registry) {
        this.registry = registry;
    }

    @Override
    public void onApplicationEvent(RateLimitNearEvent event) {
        Counter.builder("ratelimit.near")
                .description("Periods of a limit in which it came near its end")
                .tag("limit", event.getLimitName())
                .register(registry.get())
                .increment();
    }
}
