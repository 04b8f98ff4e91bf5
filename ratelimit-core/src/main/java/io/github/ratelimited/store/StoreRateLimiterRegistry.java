package io.github.ratelimited.store;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** Every limit of an application once, by name, whoever declares it. */
public final class StoreRateLimiterRegistry implements RateLimiterRegistry {

    private final Admission admission;
    private final Map<String, Admission> others;
    private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();

    /** A registry without limits yet. */
    public StoreRateLimiterRegistry(Admission admission) {
        this(admission, Map.of());
    }

    /**
     * A registry without limits yet.
     *
     * @param admission the way into the store in which limits are counted that name none
     * @param others the ways into the stores that a limit can name
     */
    public StoreRateLimiterRegistry(Admission admission, Map<String, Admission> others) {
        this.admission = admission;
        this.others = Map.copyOf(others);
    }

    private record Entry(NamedLimit limit, Limit declared, String place, Admission admission, RateLimiter limiter) {}

    /**
     * The way into a store.
     *
     * @param store its name; empty = the one for limits that name none
     * @throws InvalidRateLimitException if there is no such store
     */
    public Admission admission(String store, String place) {
        Admission found = store.isEmpty() ? admission : others.get(store);
        if (found == null) {
            throw new InvalidRateLimitException(
                    place, "there is no store '" + store + "'", "name one of " + new TreeSet<>(others.keySet()));
        }
        return found;
    }

    /** As {@link #declare(LimitName, Limit, String, Admission)}, in the store for limits that name none. */
    public NamedLimit declare(LimitName name, Limit limit, String place) {
        return declare(name, limit, place, admission);
    }

    /**
     * The limit of that name, declared once more, or for the first time.
     *
     * @param place where it is declared, for messages
     * @throws InvalidRateLimitException if it is declared with other numbers, or in another store, elsewhere
     */
    public NamedLimit declare(LimitName name, Limit limit, String place, Admission store) {
        Entry entry = entries.computeIfAbsent(name.id(), id -> {
            NamedLimit named = new NamedLimit(name, limit);
            return new Entry(named, limit, place, store, new StoreRateLimiter(named, store));
        });
        if (!entry.declared.equals(limit)) {
            throw new InvalidRateLimitException(
                    place,
                    "'" + name.shown() + "' is " + described(limit) + " here, but " + described(entry.declared) + " at "
                            + entry.place,
                    "give both the same numbers or different names, or put the numbers of '" + name.shown()
                            + "' into ratelimit.limits." + name.shown());
        }
        if (!entry.admission.equals(store)) {
            throw new InvalidRateLimitException(
                    place,
                    "'" + name.shown() + "' is counted in another store here than at " + entry.place,
                    "give both the same store or different names");
        }
        return entry.limit;
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
        Entry entry = known(name);
        entry.limit.replace(limit);
        entry.limiter.peek(); // from this moment on the new numbers count; for keys from their next call
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
