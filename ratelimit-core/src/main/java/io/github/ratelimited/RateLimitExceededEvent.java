package io.github.ratelimited;

import java.io.Serial;
import org.springframework.context.ApplicationEvent;

/**
 * A call was denied by its rate limit. Published in an application for each denial, by the thread that found it out: a
 * listener must be quick, since under attack denial is the hot path. The key is not told.
 */
public final class RateLimitExceededEvent extends ApplicationEvent {

    @Serial
    private static final long serialVersionUID = 1L;

    private final Decision decision;

    /** The denial that {@code decision} says. */
    public RateLimitExceededEvent(Decision decision) {
        super(decision);
        this.decision = decision;
    }

    /** The name of the limit that denied the call; {@code Orders.place} for one without a name of its own. */
    public String getLimitName() {
        return decision.limitName();
    }

    /** The whole decision. */
    public Decision getDecision() {
        return decision;
    }
}
