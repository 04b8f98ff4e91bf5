package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.Decision;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.DecisionListener;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Tells denials to the log: each at DEBUG, and a flood of them at WARN, at most once a minute for each limit. The key is
 * not told.
 */
final class DenialLog implements DecisionListener {

    /** By which {@code logging.level} finds it. */
    static final String NAME = "io.github.ratelimited.denied";

    /** So many denials within a minute are a flood. */
    static final int FLOOD = 1_000;

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();
    private static final Log log = LogFactory.getLog(NAME);

    private final TimeSource time;
    private final Map<String, Denials> limits = new ConcurrentHashMap<>();

    DenialLog(TimeSource time) {
        this.time = time;
    }

    /** The denials by one limit. The clock is read only once in a flood's worth of them. */
    private static final class Denials {

        private final AtomicLong count = new AtomicLong();
        private long begun;
        private long told;
        private boolean everTold;

        Denials(long now) {
            this.begun = now;
        }

        synchronized boolean isFloodToBeTold(long now) {
            boolean flood = now - begun <= MINUTE;
            begun = now;
            if (!flood || (everTold && now - told < MINUTE)) {
                return false;
            }
            everTold = true;
            told = now;
            return true;
        }
    }

    @Override
    public void decided(AcquireRequest request, Decision decision) {
        if (decision.allowed()) {
            return;
        }
        if (log.isDebugEnabled()) {
            log.debug(decision);
        }
        String limit = decision.limitName();
        Denials denials = limits.get(limit);
        if (denials == null) {
            denials = limits.computeIfAbsent(limit, unknown -> new Denials(time.nanoTime()));
        }
        long count = denials.count.incrementAndGet();
        if (count % FLOOD == 0 && denials.isFloodToBeTold(time.nanoTime())) {
            log.warn("Rate limit '" + limit + "' has denied " + FLOOD + " calls within a minute, " + count
                    + " since the start; told at most once a minute");
        }
    }
}
