package io.github.ratelimited.aop;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an application's configuration says of limits; it wins over annotations.
 *
 * @param limits settings by the limit's name
 * @param maxWaitNanos how long a call may wait where nobody says
 */
public record LimitConfiguration(Map<String, LimitSettings> limits, long maxWaitNanos) {

    /** Nothing configured: annotations alone, nobody waits unless told to. */
    public static final LimitConfiguration NONE = new LimitConfiguration(Map.of(), 0);

    /** A configuration that nobody changes. */
    public LimitConfiguration {
        limits = Map.copyOf(limits);
    }

    /** What is configured for that name, if anything. */
    @Nullable
    LimitSettings of(String name) {
        return limits.get(name);
    }
}
