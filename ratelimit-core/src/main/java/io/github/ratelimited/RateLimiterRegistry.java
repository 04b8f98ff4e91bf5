package io.github.ratelimited;

import java.util.Set;

/** The limiters of an application by name; a bean, for code that wants a limit without an annotation. */
public interface RateLimiterRegistry {

    /**
     * The limiter of that {@link RateLimiter#name() name}, the same that annotated methods of that name use. A limit
     * that was given none goes by the class and the full signature of its method, {@code com.acme.Orders#place(long)};
     * where no other limit is shown alike, also by what people are shown, {@code Orders.place}.
     *
     * @throws IllegalArgumentException if there is none, listing those that are, or if several are shown as {@code name}
     */
    RateLimiter get(String name);

    /** The names of all limiters known now, sorted. */
    Set<String> names();

    /**
     * Puts {@code limit} in the place of the limit that {@link #get} finds by that name, for calls from now on. What has been taken stays
     * taken, in proportion.
     *
     * @throws IllegalArgumentException as {@link #get} does
     */
    void replace(String name, Limit limit);
}
