package io.github.ratelimited.store;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** Every limit of an application once, by name, whoever declares it. */
public final class StoreRateLimiterRegistry implements RateLimiterRegistry {

    private final Admission admission;
    private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();

    /** A registry without limits yet. */
    public StoreRateLimiterRegistry(Admission admission) {
        this.admission = admission;
    }

    private record Entry(NamedLimit limit, Limit declared, String place, RateLimiter limiter) {}

    /** The way into the store in which these limits are counted. */
    public Admission admission() {
        return admission;
    }

    /**
     * The limit of that name, declared once more, or for the first time.
     *
     * @param place where it is declared, for messages
     * @throws InvalidRateLimitException if it is declared with other numbers elsewhere
     */
    public NamedLimit declare(LimitName name, Limit limit, String place) {
        Entry entry = entries.computeIfAbsent(name.id(), id -> entry(new NamedLimit(name, limit), place));
        if (!entry.declared.equals(limit)) {
            throw new InvalidRateLimitException(
                    place,
                    "'" + name.shown() + "' is " + described(limit) + " here, but " + described(entry.declared) + " at "
                            + entry.place,
                    "give both the same numbers or different names, or put the numbers of '" + name.shown()
                            + "' into ratelimit.limits." + name.shown());
        }
        return entry.limit;
    }

    private Entry entry(NamedLimit limit, String place) {
        return new Entry(limit, limit.limit(), place, new StoreRateLimiter(limit, admission));
    }

    private static String described(Limit limit) {
        return limit + " (" + limit.algorithm() + ")";
    }

    @Override
    public RateLimiter get(String name) {
        return known(name).limiter;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(new TreeSet<>(entries.keySet()));
    }

    @Override
    public void replace(String name, Limit limit) {
        known(name).limit.replace(limit);
    }

    private Entry known(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalArgumentException("there is no rate limit '" + name + "'; known are " + names()
                    + "; declare it under ratelimit.limits." + name + " or by @RateLimited(name = \"" + name
                    + "\", ...)");
        }
        return entry;
    }
}
