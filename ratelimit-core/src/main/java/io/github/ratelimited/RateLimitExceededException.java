package io.github.ratelimited;

import java.io.Serial;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A call was denied by its rate limit. Cheap to throw, since denial is the hot path under attack: no stack trace is
 * filled in, and the message is put together when it is read. The key is in neither.
 */
public class RateLimitExceededException extends RejectedExecutionException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final Decision decision;

    private transient @Nullable String message;

    /** The denial that {@code decision} says. */
    public RateLimitExceededException(Decision decision) {
        this.decision = decision;
    }

    /** The name of the limit that denied the call; {@code Orders.place} for one without a name of its own. */
    public String getLimitName() {
        return decision.limitName();
    }

    /** When the call could be allowed; {@code null} = never. */
    public @Nullable Duration getRetryAfter() {
        return decision.retryAfter();
    }

    /** The whole decision. */
    public Decision getDecision() {
        return decision;
    }

    @Override
    public String getMessage() {
        String known = message;
        if (known == null) {
            known = describe();
            message = known; // two threads would only do it twice
        }
        return known;
    }

    private String describe() {
        String limit = "Rate limit '" + decision.limitName() + "'";
        Duration retryAfter = decision.retryAfter();
        if (!decision.counted()) {
            return limit + " could not be checked: its store is unavailable";
        }
        return switch (decision.reason()) {
            case COST_ABOVE_LIMIT -> limit + " can never allow a cost of " + decision.cost() + ": " + decision.limit();
            case INTERRUPTED -> limit + ": interrupted while waiting: " + decision.limit();
            default ->
                limit + " exceeded: " + decision.limit()
                        + (retryAfter == null ? "; never retry" : "; retry after " + Durations.rounded(retryAfter));
        };
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // it does nothing
    public Throwable fillInStackTrace() {
        return this;
    }
}
