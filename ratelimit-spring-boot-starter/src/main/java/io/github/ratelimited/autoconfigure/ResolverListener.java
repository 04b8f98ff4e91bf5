package io.github.ratelimited.autoconfigure;

/** Hears how the application's {@link io.github.ratelimited.LimitResolver} beans do. */
@FunctionalInterface
public interface ResolverListener {

    /** They were asked about a limit, by the name that people are shown, and one has failed or not. */
    void asked(String limit, boolean failed);
}
