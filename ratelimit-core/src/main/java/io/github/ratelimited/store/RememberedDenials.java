package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Spares a remote store the requests that it would deny: what it has denied is denied here until it could be allowed,
 * and for no longer than a second, within which permits that others give back may go unnoticed.
 *
 * <pre>
 * denied here at t  if  t - arrival &lt; 1 s  and  arrival + retryAfter - t &gt; maxWait
 * </pre>
 *
 * <p>Nothing is remembered of a store that gave no answer. Without timers: what is over goes when more is remembered.
 */
public final class RememberedDenials implements LimiterStore, AutoCloseable {

    private static final long LONGEST = 1_000_000_000L;
    private static final long NEVER = Long.MAX_VALUE;
    private static final int BUCKET_GROUPS = 1 << 10;

    private final LimiterStore remote;
    private final TimeSource time;
    private final int maxEntries;

    /** By bucket and cost, which is what makes claims equal. */
    private final ConcurrentHashMap<Claim, Denial> denials = new ConcurrentHashMap<>();

    /** In order of arrival, also those that a later one has replaced. */
    private final ConcurrentLinkedQueue<Denial> arrivals = new ConcurrentLinkedQueue<>();

    private final AtomicInteger entries = new AtomicInteger();
    private final AtomicBoolean sweeping = new AtomicBoolean();

    /**
     * How often permits have come back to a bucket; buckets share a number by hash. A denial that was asked for before
     * that counts no more, even if it arrives later.
     */
    private final AtomicLongArray returns = new AtomicLongArray(BUCKET_GROUPS);

    /**
     * Around {@code remote}.
     *
     * @param maxEntries denials remembered at one time; beyond that the store is asked
     * @throws IllegalArgumentException if {@code maxEntries} is not positive
     */
    public RememberedDenials(LimiterStore remote, TimeSource time, int maxEntries) {
        if (maxEntries < 1) {
            throw new IllegalArgumentException("max-entries = " + maxEntries + " is not positive");
        }
        this.remote = remote;
        this.time = time;
        this.maxEntries = maxEntries;
    }

    /** What the store said of one claim, and when. */
    private record Denial(Claim claim, Decision decision, long retryNanos, long arrivedAt, long returnsBefore) {

        boolean over(long now, long maxWaitNanos) {
            long age = now - arrivedAt;
            return age >= LONGEST || (retryNanos != NEVER && retryNanos - age <= maxWaitNanos);
        }

        boolean endsAfter(Denial other) {
            return retryNanos == NEVER
                    || (other.retryNanos != NEVER && arrivedAt + retryNanos - (other.arrivedAt + other.retryNanos) > 0);
        }

        @SuppressWarnings("ReferenceEquality") // mostly the same one
        boolean isOn(Limit limit) {
            return claim.limit() == limit || claim.limit().equals(limit);
        }
    }

    @Override
    public boolean tryAcquire(Claim claim) {
        return denial(claim, claim.maxWaitNanos(), time.nanoTime()) == null
                && ask(AcquireRequest.of(claim)).allowed();
    }

    @Override
    public Decision acquire(AcquireRequest request) {
        Decision known = known(request);
        return known == null ? ask(request) : known;
    }

    private Decision ask(AcquireRequest request) {
        long[] before = returns(request);
        return remember(request, before, remote.acquire(request));
    }

    @Override
    public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
        Decision known = known(request);
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        long[] before = returns(request);
        return remote.acquireAsync(request).thenApply(decision -> remember(request, before, decision));
    }

    /** The denial that is remembered of the request, of several the longest; {@code null} if the store must be asked. */
    private @Nullable Decision known(AcquireRequest request) {
        long now = time.nanoTime();
        List<Claim> claims = request.claims();
        long maxWait = maxWait(claims);
        Denial longest = null;
        for (int i = 0; i < claims.size(); i++) {
            Denial denial = denial(claims.get(i), maxWait, now);
            if (denial != null && (longest == null || denial.endsAfter(longest))) {
                longest = denial;
            }
        }
        return longest == null ? null : longest.decision.later(now - longest.arrivedAt);
    }

    /** A request waits no longer than each of its claims. */
    private static long maxWait(List<Claim> claims) {
        long shortest = claims.get(0).maxWaitNanos();
        for (int i = 1; i < claims.size(); i++) {
            shortest = Math.min(shortest, claims.get(i).maxWaitNanos());
        }
        return shortest;
    }

    private @Nullable Denial denial(Claim claim, long maxWaitNanos, long now) {
        Denial denial = denials.get(claim);
        if (denial == null || denial.over(now, maxWaitNanos)) {
            return null;
        }
        if (!denial.isOn(claim.limit()) || denial.returnsBefore != returns.get(group(claim.name(), claim.key()))) {
            denials.remove(claim, denial);
            return null;
        }
        return denial;
    }

    private Decision remember(AcquireRequest request, long[] before, Decision decision) {
        if (decision.allowed()) {
            return decision;
        }
        long now = time.nanoTime();
        List<Claim> claims = request.claims();
        long maxWait = maxWait(claims);
        List<Decision> parts = decision.parts();
        for (int i = 0; i < parts.size(); i++) {
            int claim = request.claimOf(decision, i);
            if (claim >= 0) {
                remember(claims.get(claim), parts.get(i), maxWait, before[claim], now);
            }
        }
        return decision;
    }

    private void remember(Claim claim, Decision part, long maxWaitNanos, long before, long now) {
        if (part.reason() != Reason.OVER_LIMIT && part.reason() != Reason.COST_ABOVE_LIMIT) {
            return;
        }
        Denial denial = new Denial(claim, part, retryNanos(part), now, before);
        if (!denial.over(now, maxWaitNanos) && makeRoom(now)) {
            denials.put(claim, denial);
            arrivals.add(denial);
        }
    }

    private static long retryNanos(Decision denied) {
        Duration retryAfter = denied.retryAfter();
        return retryAfter == null ? NEVER : retryAfter.toNanos();
    }

    /** Sweeps two for each that comes, which is enough to keep up and never takes long. */
    private boolean makeRoom(long now) {
        if (sweeping.compareAndSet(false, true)) { // alone, so that what it looks at is what it takes away
            for (int i = 0; i < 2; i++) {
                Denial oldest = arrivals.peek();
                if (oldest != null && oldest.over(now, 0)) {
                    arrivals.remove();
                    denials.remove(oldest.claim, oldest);
                    entries.decrementAndGet();
                }
            }
            sweeping.set(false);
        }
        if (entries.incrementAndGet() <= maxEntries) {
            return true;
        }
        entries.decrementAndGet();
        return false;
    }

    /** How many denials are held, those that are over and not swept yet among them. */
    int entries() {
        return entries.get();
    }

    private long[] returns(AcquireRequest request) {
        List<Claim> claims = request.claims();
        long[] numbers = new long[claims.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = returns.get(group(claims.get(i).name(), claims.get(i).key()));
        }
        return numbers;
    }

    private static int group(LimitName name, @Nullable String key) {
        int hash = 31 * name.hashCode() + (key == null ? 0 : key.hashCode());
        return (hash ^ hash >>> 16 ^ hash >>> 24) & (BUCKET_GROUPS - 1);
    }

    @Override
    public void refund(AcquireRequest request, Decision decision) {
        try {
            remote.refund(request, decision);
        } finally {
            for (Claim claim : request.claims()) {
                returned(claim.name(), claim.key());
            }
        }
    }

    @Override
    public void giveBack(Claim claim) {
        try {
            remote.giveBack(claim);
        } finally {
            returned(claim.name(), claim.key());
        }
    }

    @Override
    public void reset(LimitName name, @Nullable String key) {
        try {
            remote.reset(name, key);
        } finally {
            returned(name, key);
        }
    }

    /** Last, so that no answer of before is remembered. */
    private void returned(LimitName name, @Nullable String key) {
        returns.incrementAndGet(group(name, key));
    }

    @Override
    public Decision peek(Claim claim) {
        return remote.peek(claim);
    }

    @Override
    public CompletionStage<Decision> peekAsync(Claim claim) {
        return remote.peekAsync(claim);
    }

    @Override
    public boolean answersAtOnce() {
        return remote.answersAtOnce();
    }

    @Override
    public long turnAt(Decision reserved, TimeSource timeSource) {
        return remote.turnAt(reserved, timeSource);
    }

    @Override
    public Claim claim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
        return remote.claim(name, limit, key, cost, maxWaitNanos);
    }

    /** Closes the store that it spares, if that can be closed. */
    @Override
    public void close() {
        Closing.close(remote);
    }
}
