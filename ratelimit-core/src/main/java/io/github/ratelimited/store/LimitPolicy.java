package io.github.ratelimited.store;

import io.github.ratelimited.LimitMode;
import org.jspecify.annotations.Nullable;

/**
 * What holds for a limit besides its numbers.
 *
 * @param mode what comes of its decisions
 * @param near from which part of the limit on, above 0 and at most 1, it is near; {@code null} = nobody wants to know
 * @param penalty what becomes of keys that keep being denied; {@code null} = nothing more
 */
public record LimitPolicy(
        LimitMode mode, @Nullable Double near, @Nullable Penalty penalty) {

    /** Enforced, and nothing else. */
    public static final LimitPolicy ENFORCED = new LimitPolicy(LimitMode.ENFORCE, null, null);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if {@code near} is not above 0 and at most 1
     */
    public LimitPolicy {
        if (near != null && !(near > 0 && near <= 1)) {
            throw new IllegalArgumentException("near = " + near + " is not above 0 and at most 1");
        }
    }

    /** This policy with another mode. */
    public LimitPolicy withMode(LimitMode mode) {
        return new LimitPolicy(mode, near, penalty);
    }
}
