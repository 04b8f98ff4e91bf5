package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Hears the events of observations. */
final class TestEvents implements ObservationHandler<Observation.Context> {

    private static final Limit LIMIT = Limit.of(1, Duration.ofHours(1));

    static final AcquireRequest REQUEST = AcquireRequest.of(new Claim(LimitName.of("mail"), LIMIT, null, 1, 0));
    static final Decision DENIED = Decision.overLimit("mail", LIMIT, 1, 0, 1, 1);

    private final List<String> names = new ArrayList<>();

    List<String> names() {
        return names;
    }

    @Override
    public void onEvent(Observation.Event event, Observation.Context context) {
        names.add(event.getContextualName());
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
        return true;
    }
}
