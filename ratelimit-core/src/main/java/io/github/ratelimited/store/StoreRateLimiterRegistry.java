package io.github.ratelimited.store;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitResolver;
import io.github.ratelimited.RateLimiterRegistry;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Every limit of an application once, by name, whoever declares it. */
public final class StoreRateLimiterRegistry implements RateLimiterRegistry, AutoCloseable {

    /** Who has Redis or a database may have it for something else. */
    private static final Set<String> NEEDS_A_PROPERTY = Set.of("redis", "jdbc");

    private final Admission admission;
    private final Map<String, Admission> others;
    private final LimitPolicies policies;
    private final @Nullable Penalties penalties;
    private final @Nullable Holds holds;
    private final @Nullable LimitResolver resolver;
    private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();
    private final List<Runnable> forgetful = new CopyOnWriteArrayList<>();

    /** A registry without limits yet. */
    public StoreRateLimiterRegistry(Admission admission) {
        this(admission, Map.of(), new LimitPolicies(), null, null);
    }

    /** As the next one, in which nothing is held back. */
    public StoreRateLimiterRegistry(
            Admission admission,
            Map<String, Admission> others,
            LimitPolicies policies,
            @Nullable Penalties penalties,
            @Nullable LimitResolver resolver) {
        this(admission, others, policies, penalties, null, resolver);
    }

    /**
     * A registry without limits yet.
     *
     * @param admission the way into the store in which limits are counted that name none
     * @param others the ways into the stores that a limit can name
     * @param policies by which these stores decide
     * @param penalties by which they shut out; {@code null} = nobody
     * @param holds by which they hold back; {@code null} = nothing
     * @param resolver says who has other numbers than a limit's; {@code null} = nobody
     */
    public StoreRateLimiterRegistry(
            Admission admission,
            Map<String, Admission> others,
            LimitPolicies policies,
            @Nullable Penalties penalties,
            @Nullable Holds holds,
            @Nullable LimitResolver resolver) {
        this.admission = admission;
        this.others = Map.copyOf(others);
        this.policies = policies;
        this.penalties = penalties;
        this.holds = holds;
        this.resolver = resolver;
        admissions().forEach(each -> each.renewBy(this::inForce));
    }

    private Stream<Admission> admissions() {
        return Stream.concat(Stream.of(admission), others.values().stream()).distinct();
    }

    /** Ends all waits that hold no thread, by a denial: what would go on after them may be gone. */
    @Override
    public void close() {
        admissions().forEach(Admission::end);
    }

    /** The claim that would be made now in the place of one that was made before. */
    private Claim inForce(Claim claim) {
        Entry entry = entries.get(claim.name().id());
        return entry == null ? claim : entry.limit.claim(claim.key(), claim.cost(), claim.maxWaitNanos());
    }

    /** What holds for the limits besides their numbers. */
    public LimitPolicies policies() {
        return policies;
    }

    /** What is held back; {@code null} if nothing can be. */
    public @Nullable Holds holds() {
        return holds;
    }

    /** How many keys of a limit and of its plans are shut out now. */
    public long shutOut(LimitName name) {
        return penalties == null ? 0 : penalties.shutOut(name);
    }

    /** Forgets all that is known besides what stores count, such as who is shut out or held back: for tests. */
    public void forget() {
        if (penalties != null) {
            penalties.clear();
        }
        if (holds != null) {
            holds.clear();
        }
        forgetful.forEach(Runnable::run);
    }

    /** Has somebody forget as well what he knows of the limits. */
    public void onForget(Runnable forgetting) {
        forgetful.add(forgetting);
    }

    /** Whether somebody may know plans that nobody has declared. */
    public boolean isResolved() {
        return resolver != null;
    }

    /**
     * A limit that is known.
     *
     * @param replaced what it was declared to be before
     * @param used by a method; until then it is only configured
     */
    private record Entry(
            NamedLimit limit,
            Limit declared,
            @Nullable Limit replaced,
            String place,
            Admission store,
            boolean used,
            StoreRateLimiter limiter) {

        static Entry of(NamedLimit named, String place, Admission store, boolean used) {
            return new Entry(named, named.limit(), null, place, store, used, new StoreRateLimiter(named, store));
        }

        Entry declaredAs(Limit limit) {
            return limit.equals(declared) ? this : new Entry(this.limit, limit, declared, place, store, used, limiter);
        }

        /** What is said by somebody who may not know yet that something else is declared now. */
        Limit said(Limit limit) {
            return limit.equals(replaced) ? declared : limit;
        }

        /**
         * The first who uses a limit that was only configured says the rest of it; but numbers that were put in their
         * place while it was not used yet stay.
         */
        Entry usedAs(NamedLimit as, String place, Admission store) {
            Limit limit = as.limit();
            Limit inForce = this.limit.limit().equals(declared) ? limit : this.limit.limit();
            if (!store.equals(this.store)) {
                Entry moved = of(as, place, store, true);
                moved.limit.replace(inForce);
                return moved;
            }
            this.limit.replace(inForce);
            this.limit.waitUpTo(as.maxWaitNanos());
            return new Entry(this.limit, limit, replaced, place, store, true, limiter);
        }
    }

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
                    place,
                    "there is no store '" + store + "'",
                    "name one of " + new TreeSet<>(others.keySet())
                            + (NEEDS_A_PROPERTY.contains(store)
                                    ? ", or set anything under ratelimit." + store + " to have that one too"
                                    : ""));
        }
        return found;
    }

    /**
     * Makes a limit known before anybody uses it, in the store for limits that name none. The first method that uses it
     * may change all of it.
     *
     * @param maxWaitNanos how long its calls wait where they do not say
     */
    public void declare(LimitName name, Limit limit, long maxWaitNanos, String place) {
        entries.putIfAbsent(name.id(), Entry.of(named(name, limit, maxWaitNanos, admission), place, admission, false));
    }

    /**
     * The limit of that name, used by one more method, or by the first.
     *
     * @param maxWaitNanos how long calls by its limiter wait; the first method says it
     * @param place where it is declared, for messages
     * @throws InvalidRateLimitException if it is declared with other numbers, or in another store, elsewhere
     */
    public NamedLimit use(LimitName name, Limit limit, long maxWaitNanos, String place, Admission store) {
        Entry entry = entries.compute(name.id(), (id, known) -> {
            if (known != null && known.used) {
                return known;
            }
            NamedLimit named = named(name, known == null ? limit : known.said(limit), maxWaitNanos, store);
            return known == null ? Entry.of(named, place, store, true) : known.usedAs(named, place, store);
        });
        if (!entry.declared.equals(entry.said(limit))) {
            throw new InvalidRateLimitException(
                    place,
                    "'" + name.shown() + "' is " + described(limit) + " here, but " + described(entry.declared) + " at "
                            + entry.place,
                    "give both the same numbers or different names, or put the numbers of '" + name.shown() + "' into "
                            + LimitName.property(name.shown()));
        }
        if (!entry.store.equals(store)) {
            throw new InvalidRateLimitException(
                    place,
                    "'" + name.shown() + "' is counted in another store here than at " + entry.place,
                    "give both the same store or different names");
        }
        return entry.limit;
    }

    private NamedLimit named(LimitName name, Limit limit, long maxWaitNanos, Admission store) {
        return new NamedLimit(name, limit, maxWaitNanos, store.store(), resolver);
    }

    private static String described(Limit limit) {
        return limit + " (" + limit.algorithm() + ")";
    }

    @Override
    public StoreRateLimiter get(String name) {
        return known(name).limiter;
    }

    /** The names of the limits that no method uses so far; code may still ask for them. */
    public Set<String> unused() {
        Set<String> unused = new TreeSet<>();
        entries.forEach((name, entry) -> {
            if (!entry.used) {
                unused.add(name);
            }
        });
        return unused;
    }

    /** How many callers wait under a limit or one of its plans now. */
    public long waiting(LimitName name) {
        return Stream.concat(Stream.of(admission), others.values().stream())
                .distinct()
                .mapToLong(each -> each.waiting(name))
                .sum();
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(new TreeSet<>(entries.keySet()));
    }

    /** The names of the limits that methods use and people are shown as {@code shown}. */
    public Set<String> shownAs(String shown) {
        Set<String> names = new TreeSet<>();
        entries.forEach((name, entry) -> {
            if (entry.used && entry.limit.name().shown().equals(shown)) {
                names.add(name);
            }
        });
        return names;
    }

    @Override
    public void replace(String name, Limit limit) {
        change(name, LimitChange.to(limit));
    }

    /**
     * Changes the limit that {@link #get} finds by that name, for calls from now on and for those who wait; what is not
     * about its numbers holds for its plans too. What has been taken stays taken, in proportion.
     *
     * @return the numbers that hold now
     * @throws IllegalArgumentException as {@link #get} does, and if the store cannot count these numbers; nothing has
     *     changed then
     */
    public Limit change(String name, LimitChange change) {
        Entry entry = known(name);
        LimitName known = entry.limit.name();
        // Before anybody is disturbed by what cannot be.
        check(known, Objects.requireNonNull(change.limit().apply(entry.limit.limit())));
        Objects.requireNonNull(change.policy().apply(policies.of(known)));
        AtomicReference<Limit> changed = new AtomicReference<>();
        entry.store.change(claim -> claim.name().limitId().equals(known.limitId()), () -> {
            synchronized (policies) { // one change at a time
                Entry now = known(known.id());
                Limit before = now.limit.limit();
                Limit after = change.limit().apply(before);
                check(known, after);
                apply(
                        known,
                        before.equals(after) ? null : after,
                        change.maxWaitNanos(),
                        change.declared() ? after : null);
                policies.change(known, change.policy());
                changed.set(after);
                if (now.store.store().answersAtOnce()) {
                    // The new numbers count from this moment; elsewhere, and for keys, from the next call.
                    now.limiter.peek();
                }
            }
        });
        if (holds != null) {
            holds.wake(); // whoever waits by another mode now
        }
        return Objects.requireNonNull(changed.get());
    }

    /**
     * Asks the store that counts that limit, or would, whether it can count by these numbers.
     *
     * @throws InvalidRateLimitException if it cannot
     */
    public void check(LimitName name, Limit limit) {
        Entry entry = entries.get(name.id());
        (entry == null ? admission : entry.store).store().claim(name, limit, null, 1, 0);
    }

    private void apply(LimitName name, @Nullable Limit limit, @Nullable Long maxWaitNanos, @Nullable Limit declared) {
        entries.replaceAll((id, entry) -> { // not while a first method uses it
            if (limit != null && id.equals(name.id())) {
                entry.limit.replace(limit);
            }
            if (maxWaitNanos != null && entry.limit.name().limitId().equals(name.limitId())) {
                entry.limit.changeMaxWait(maxWaitNanos);
            }
            return declared != null && id.equals(name.id()) ? entry.declaredAs(declared) : entry;
        });
    }

    /**
     * What is known of a limit.
     *
     * @param store the name of the store in which it is counted; empty if that has none
     * @param place where it is declared
     */
    public record Known(LimitName name, StoreRateLimiter limiter, LimitPolicy policy, String store, String place) {}

    /**
     * What is known of the limit that {@link #get} finds by that name.
     *
     * @throws IllegalArgumentException as {@link #get} does
     */
    public Known describe(String name) {
        Entry entry = known(name);
        LimitName known = entry.limit.name();
        String store = others.entrySet().stream()
                .filter(other -> other.getValue().equals(entry.store))
                .map(Map.Entry::getKey)
                .min(Comparator.naturalOrder())
                .orElse("");
        return new Known(known, entry.limiter, policies.of(known), store, entry.place);
    }

    /** A name is one limit's alone, and comes first; several may be shown alike. */
    private Entry known(String name) {
        Entry entry = entries.get(name);
        if (entry != null) {
            return entry;
        }
        Set<String> shown = shownAs(name);
        if (shown.size() > 1) {
            throw new IllegalArgumentException(
                    "'" + name + "' is what several rate limits are shown as; ask for one of " + shown);
        }
        entry = shown.isEmpty() ? null : entries.get(shown.iterator().next());
        if (entry == null) {
            throw new IllegalArgumentException("there is no rate limit '" + name + "'; known are " + names()
                    + "; declare it under " + LimitName.property(name) + " or by @RateLimited(name = \"" + name
                    + "\", ...)");
        }
        return entry;
    }
}
