package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededEvent;
import io.github.ratelimited.RateLimitNearEvent;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.DecisionListener;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimitPolicies;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;

/**
 * Publishes the events of limits, if anybody listens: an event costs more than a denial. A listener that fails is told of
 * in the log, once, and fails no call.
 */
final class LimitEvents implements DecisionListener {

    private static final Log log = LogFactory.getLog(LimitEvents.class);

    private final ApplicationContext context;
    private final Hearing denials;
    private final LimitPolicies policies;
    private final TimeSource time;
    private final AtomicBoolean failed = new AtomicBoolean();

    /** By the limit's name. */
    private final Map<LimitName, Told> told = new ConcurrentHashMap<>();

    /**
     * A limit was told to be near.
     *
     * @param begin when the period began in which that was: if it is a window, by the clock that windows are aligned by
     */
    private record Told(boolean window, long begin) {}

    LimitEvents(ApplicationContext context, LimitPolicies policies, TimeSource time) {
        this.context = context;
        this.denials = new Hearing(context, RateLimitExceededEvent.class);
        this.policies = policies;
        this.time = time;
    }

    /** What another thread brings is told by a thread that may be held up: listeners are code of users. */
    @Override
    public DecisionListener ofCaller() {
        return (request, decision) -> {
            if (decision.allowed() ? policies.anyNear() : denials.areHeard()) {
                time.executor().execute(() -> decided(request, decision));
            }
        };
    }

    @Override
    public void decided(AcquireRequest request, Decision decision) {
        if (!decision.allowed()) {
            if (denials.areHeard()) {
                publish(new RateLimitExceededEvent(decision));
            }
        } else if (policies.anyNear()) {
            List<Claim> claims = request.claims();
            for (int i = 0; i < claims.size(); i++) {
                tellIfNear(claims.get(i).name(), decision.part(i));
            }
        }
    }

    private void tellIfNear(LimitName name, Decision part) {
        Double near = policies.of(name).near();
        if (near == null || !part.counted() || part.shadow()) {
            return;
        }
        Limit limit = part.limit();
        long used = limit.burst() - part.remaining();
        if (used >= near * limit.burst() && isFirstOfPeriod(name, limit)) {
            publish(new RateLimitNearEvent(part));
        }
    }

    private boolean isFirstOfPeriod(LimitName name, Limit limit) {
        boolean window = limit.algorithm() == Algorithm.FIXED_WINDOW;
        long period = limit.period().toNanos();
        long now = window ? time.epochNanos() : time.nanoTime();
        Told telling = new Told(window, window ? now - Math.floorMod(now, period) : now);
        Told before = told.get(name);
        if (before == null) {
            return told.putIfAbsent(name, telling) == null;
        }
        boolean isSetBack = window && now < before.begin; // a wall clock may be
        boolean isOver = isSetBack || now - before.begin >= period;
        return (window != before.window || isOver) && told.replace(name, before, telling);
    }

    /** Who was told that a limit is near is told again. */
    void forget() {
        told.clear();
    }

    private void publish(ApplicationEvent event) {
        try {
            context.publishEvent(event);
        } catch (RuntimeException failure) {
            if (failed.compareAndSet(false, true)) {
                log.warn("A listener to " + event.getClass().getSimpleName() + " has failed; told once", failure);
            }
        }
    }
}
