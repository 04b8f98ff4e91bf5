package io.github.ratelimited.store;

import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitResolver;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A limit under its name, and the store that counts it; the numbers can be replaced while it is in use. */
public final class NamedLimit {

    private static final int MOST_RESOLVED = 100;

    /** Plans that nobody has declared, with permits of their own; all others of the same numbers are one. */
    static final int MOST_PLANS = 1_000;

    private static final String OTHER_PLANS = "(other) ";

    private final LimitName name;
    private final LimiterStore store;
    private volatile Limit limit;
    private volatile long maxWaitNanos;
    private volatile boolean maxWaitChanged;

    /** The claim that was made last by the store itself: others are made from it, as long as its numbers are in force. */
    private @Nullable Claim template;

    private final @Nullable LimitResolver resolver;

    /** Claims by the numbers that the resolver has said lately; others are made from them. */
    private final ConcurrentHashMap<Resolved, Claim> resolved = new ConcurrentHashMap<>();

    /** Plans that the resolver alone knows. */
    private final ConcurrentHashMap<String, LimitName> plans = new ConcurrentHashMap<>();

    /** A limit under a name whose numbers are the same for all keys. */
    public NamedLimit(LimitName name, Limit limit, long maxWaitNanos, LimiterStore store) {
        this(name, limit, maxWaitNanos, store, null);
    }

    /**
     * A limit under a name.
     *
     * @param maxWaitNanos how long its calls wait where they do not say; {@code Long.MAX_VALUE} = for ever
     * @param resolver says who has other numbers, which the store can count; must not fail, and must be fast
     */
    public NamedLimit(
            LimitName name, Limit limit, long maxWaitNanos, LimiterStore store, @Nullable LimitResolver resolver) {
        this.name = name;
        this.limit = limit;
        this.maxWaitNanos = maxWaitNanos;
        this.store = store;
        this.resolver = resolver;
    }

    private record Resolved(LimitName bucket, Limit limit) {}

    /** The name. */
    public LimitName name() {
        return name;
    }

    /** The numbers in force now. */
    public Limit limit() {
        return limit;
    }

    /** How long its calls wait where they do not say; {@code Long.MAX_VALUE} = for ever. */
    public long maxWaitNanos() {
        return maxWaitNanos;
    }

    /** How long calls wait of a method that says {@code declared}: unless that was changed since, so long. */
    public long maxWaitNanos(long declared) {
        return maxWaitChanged ? maxWaitNanos : declared;
    }

    /** Whether keys may have numbers of their own. */
    public boolean isResolved() {
        return resolver != null;
    }

    /** A claim by the numbers in force now. */
    public Claim claim(@Nullable String key, long cost, long maxWaitNanos) {
        return claim(name.plan(), key, cost, maxWaitNanos);
    }

    /** A claim by the numbers in force now, those of a plan if somebody knows it; else as without that plan. */
    @SuppressWarnings("ReferenceEquality") // asks whether the limit was replaced
    public Claim claim(@Nullable String plan, @Nullable String key, long cost, long maxWaitNanos) {
        Limit own = resolver == null ? null : resolver.resolve(name.limitId(), key, plan);
        if (own != null) {
            return resolved(plan == null || plan.equals(name.plan()) ? name : ofPlan(plan, own), own)
                    .with(key, cost, maxWaitNanos);
        }
        if (resolver != null && plan != null && !plan.equals(name.plan())) {
            return claim(key, cost, maxWaitNanos);
        }
        Claim known = template;
        Limit inForce = limit;
        if (known == null || known.limit() != inForce) {
            known = store.claim(name, inForce, null, 1, 0);
            template = known;
        }
        return known.with(key, cost, maxWaitNanos);
    }

    /** Bounded, since what is counted of a plan is kept, and a plan may be whatever callers say. */
    private LimitName ofPlan(String plan, Limit own) {
        String text = KeyText.of(plan);
        LimitName known = plans.get(text);
        if (known == null) {
            if (plans.size() >= MOST_PLANS) {
                return name.ofPlan(OTHER_PLANS + own);
            }
            known = name.ofPlan(text);
            plans.put(text, known);
        }
        return known;
    }

    private Claim resolved(LimitName bucket, Limit own) {
        Resolved wanted = new Resolved(bucket, own);
        Claim known = resolved.get(wanted);
        if (known == null) {
            known = store.claim(bucket, own, null, 1, 0);
            if (resolved.size() >= MOST_RESOLVED) {
                resolved.clear(); // numbers that nobody has any more go too
            }
            resolved.put(wanted, known);
        }
        return known;
    }

    void replace(Limit limit) {
        this.limit = limit;
    }

    /** As its first method says, unless that was changed before. */
    void waitUpTo(long maxWaitNanos) {
        if (!maxWaitChanged) {
            this.maxWaitNanos = maxWaitNanos;
        }
    }

    void changeMaxWait(long maxWaitNanos) {
        this.maxWaitNanos = maxWaitNanos;
        this.maxWaitChanged = true;
    }
}
