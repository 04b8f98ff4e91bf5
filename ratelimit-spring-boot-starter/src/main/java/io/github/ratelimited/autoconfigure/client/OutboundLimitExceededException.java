package io.github.ratelimited.autoconfigure.client;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import java.io.Serial;

/**
 * A request to another host was denied by a limit of ours. Where that happens while a request is served, its client has
 * done nothing wrong: it is answered 503, not 429.
 */
public final class OutboundLimitExceededException extends RateLimitExceededException {

    @Serial
    private static final long serialVersionUID = 1L;

    OutboundLimitExceededException(Decision decision) {
        super(decision);
    }

    /** The same denial as one of an outbound request. */
    static OutboundLimitExceededException of(RateLimitExceededException denial) {
        return new OutboundLimitExceededException(denial.getDecision());
    }
}
