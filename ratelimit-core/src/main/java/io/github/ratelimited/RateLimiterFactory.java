package io.github.ratelimited;

import java.util.ServiceLoader;

/**
 * Makes the limiters of {@link RateLimiter#create(Limit)}: found by {@link ServiceLoader}, so that these words need not
 * know the engine behind them.
 */
public interface RateLimiterFactory {

    /** A limiter in this process's memory. */
    RateLimiter create(Limit limit, TimeSource timeSource);

    /** The factory that this library ships, found once. */
    final class Holder {

        static final RateLimiterFactory INSTANCE = ServiceLoader.load(
                        RateLimiterFactory.class, RateLimiterFactory.class.getClassLoader())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "META-INF/services/" + RateLimiterFactory.class.getName() + " is missing from the class path;"
                                + " when jars are merged into one, merge their service files too"));

        private Holder() {}
    }
}
