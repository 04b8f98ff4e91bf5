package io.github.ratelimited.test;

import io.github.ratelimited.Decision;
import org.jspecify.annotations.Nullable;

/** AssertJ's {@code assertThat} for the values of this library; to be imported beside AssertJ's own. */
public final class RateLimitAssertions {

    private RateLimitAssertions() {}

    /** What can be said of a decision. */
    public static DecisionAssert assertThat(@Nullable Decision actual) {
        return new DecisionAssert(actual);
    }
}
