package io.github.ratelimited;

import java.io.Serial;
import org.springframework.context.ApplicationEvent;

/**
 * So much of a limit is used as {@code ratelimit.limits.<name>.near} says: soon calls will be denied or have to wait.
 * Published in an application at most once a period of the limit, whichever key it is of, which is not told.
 */
public final class RateLimitNearEvent extends ApplicationEvent {

    @Serial
    private static final long serialVersionUID = 1L;

    private final Decision decision;

    /** What {@code decision} has left is near nothing. */
    public RateLimitNearEvent(Decision decision) {
        super(decision);
        this.decision = decision;
    }

    /** The limit's name. */
    public String getLimitName() {
        return decision.limitName();
    }

    /** The limit. */
    public Limit getLimit() {
        return decision.limit();
    }

    /** The permits that are left. */
    public long getRemaining() {
        return decision.remaining();
    }

    /** The decision by which it came so far. */
    public Decision getDecision() {
        return decision;
    }
}
