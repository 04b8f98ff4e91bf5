package io.github.ratelimited.test;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import java.time.Duration;
import java.util.Objects;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/** Assertions on a {@link Decision}; a failure says what the whole decision is. */
public final class DecisionAssert extends AbstractAssert<DecisionAssert, Decision> {

    DecisionAssert(@Nullable Decision actual) {
        super(actual, DecisionAssert.class);
    }

    /** The caller may go on, now or after a wait. */
    public DecisionAssert isAllowed() {
        return is(decision().allowed(), "to be allowed");
    }

    /** The caller may not go on. */
    public DecisionAssert isDenied() {
        return is(!decision().allowed(), "to be denied");
    }

    /** Why it was decided so. */
    public DecisionAssert hasReason(Reason expected) {
        return has("reason", decision().reason(), expected);
    }

    /** As people are shown it. */
    public DecisionAssert hasLimitName(String expected) {
        return has("limit name", decision().limitName(), expected);
    }

    /** The permits that are left. */
    public DecisionAssert hasRemaining(long expected) {
        return has("remaining", decision().remaining(), expected);
    }

    /** When the permits for the same request will be there. */
    public DecisionAssert hasRetryAfter(Duration expected) {
        return has("retry after", decision().retryAfter(), expected);
    }

    /** The permits for the same request will never be there: it costs more than the limit holds. */
    public DecisionAssert hasNoRetryAfter() {
        return has("retry after", decision().retryAfter(), null);
    }

    /** How long until the limit is as if never used. */
    public DecisionAssert hasResetAfter(Duration expected) {
        return has("reset after", decision().resetAfter(), expected);
    }

    /** How long the caller has to wait for its turn; zero if it may go on now. */
    public DecisionAssert hasWaitTime(Duration expected) {
        return has("wait time", decision().waitTime(), expected);
    }

    private Decision decision() {
        isNotNull();
        return actual;
    }

    private DecisionAssert has(String what, @Nullable Object value, @Nullable Object expected) {
        return is(
                Objects.equals(value, expected),
                "to have " + what + " " + (expected == null ? "never" : expected) + ", but it has "
                        + (value == null ? "never" : value));
    }

    private DecisionAssert is(boolean so, String expected) {
        if (!so) {
            failWithMessage("Expected this decision %s:%n  %s", expected, actual);
        }
        return this;
    }
}
