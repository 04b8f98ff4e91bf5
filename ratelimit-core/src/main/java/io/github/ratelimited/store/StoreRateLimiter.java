package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimiter;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The limiter of one bucket: a named limit, a key, and the way into a store. */
public final class StoreRateLimiter implements RateLimiter {

    private final NamedLimit limit;
    private final @Nullable String key;
    private final Admission admission;

    /** The claim on one permit without waiting, made once for each limit that is in force; others are made from it. Not published. */
    private @Nullable Claim one;

    /** The request for one permit after any wait, made from that claim: those who wait for it share it. */
    private @Nullable AcquireRequest oneForEver;

    /** {@code null} = as the limit says. */
    private final @Nullable Long maxWaitNanos;

    private final boolean again;

    /** The limiter of the bucket without a key. */
    public StoreRateLimiter(LimitName name, Limit limit, Admission admission) {
        this(new NamedLimit(name, limit, 0, admission.store()), admission);
    }

    /** The limiter of a limit that others may replace. */
    public StoreRateLimiter(NamedLimit limit, Admission admission) {
        this(limit, null, admission, limit.isResolved() ? null : limit.claim(null, 1, 0), null, false);
    }

    private StoreRateLimiter(
            NamedLimit limit,
            @Nullable String key,
            Admission admission,
            @Nullable Claim one,
            @Nullable Long maxWaitNanos,
            boolean again) {
        this.limit = limit;
        this.key = key;
        this.admission = admission;
        this.one = one;
        this.maxWaitNanos = maxWaitNanos;
        this.again = again;
    }

    /**
     * This limiter for a call that has been told of, and has to ask once more: of it, who listens is told only if it is
     * denied after all.
     */
    public StoreRateLimiter again() {
        return new StoreRateLimiter(limit, key, admission, one, maxWaitNanos, true);
    }

    @Override
    public String name() {
        return limit.name().id();
    }

    @Override
    public Limit limit() {
        return one().limit();
    }

    @Override
    public Duration maxWait() {
        return Duration.ofNanos(maxWaitNanos());
    }

    private long maxWaitNanos() {
        return maxWaitNanos != null ? maxWaitNanos : limit.maxWaitNanos();
    }

    @Override
    public StoreRateLimiter withMaxWait(Duration maxWait) {
        return new StoreRateLimiter(limit, key, admission, one, Math.max(0, nanos(maxWait)), again);
    }

    @Override
    public boolean tryAcquire() {
        return admission.store().tryAcquire(one());
    }

    @Override
    public boolean tryAcquire(long permits) {
        return admission.store().tryAcquire(claim(permits, 0));
    }

    @Override
    public Decision tryAcquire(long permits, Duration maxWait) {
        return admission.store().acquire(request(permits, nanos(maxWait)));
    }

    @Override
    public void acquire() throws InterruptedException {
        acquire(oneForEver());
    }

    @Override
    public Decision acquire(long permits, Duration maxWait) throws InterruptedException {
        return acquire(request(permits, nanos(maxWait)));
    }

    private Decision acquire(AcquireRequest request) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted before asking for a permit");
        }
        Decision decision = admission.admit(request);
        if (!decision.allowed()) {
            throw new RateLimitExceededException(decision);
        }
        return decision;
    }

    @Override
    public CompletableFuture<@Nullable Void> acquireAsync() {
        return admission.awaitAsync(oneForEver());
    }

    @Override
    public CompletableFuture<Decision> acquireAsync(long permits, Duration maxWait) {
        return admission.admitAsync(request(permits, nanos(maxWait)));
    }

    @Override
    public <T extends @Nullable Object> CompletableFuture<T> callAsync(
            long permits, Supplier<? extends CompletionStage<T>> action) {
        AcquireRequest request = request(permits, maxWaitNanos());
        DeferredCall call = new DeferredCall() {
            @Override
            protected CompletionStage<T> make() {
                return action.get();
            }
        };
        return call.at(admission.admitAsync(request), unused -> admission.refund(request, unused));
    }

    @Override
    public void refund(Decision decision) {
        if (decision.parts().size() > 1
                || !decision.limitName().equals(limit.name().shown())) {
            throw new IllegalArgumentException("the decision \"" + decision + "\" is not one of rate limit '"
                    + limit.name().shown() + "' alone; give it back to the limiter that made it");
        }
        if (decision.allowed()) {
            admission.refund(request(decision.cost(), 0), decision);
        }
    }

    @Override
    public void giveBack(long permits) {
        Claim claim = claim(permits, 0);
        admission.change(this::isOfMine, () -> admission.store().giveBack(claim));
    }

    @Override
    public Decision peek() {
        return admission.store().peek(claim(1, 0));
    }

    @Override
    public void reset() {
        admission.change(this::isOfMine, () -> admission.store().reset(limit.name(), key));
    }

    /** Who waits for this bucket stands on what was taken from it, and is given another turn. */
    private boolean isOfMine(Claim claim) {
        return claim.name().equals(limit.name()) && Objects.equals(claim.key(), key);
    }

    @Override
    public StoreRateLimiter forKey(@Nullable Object key) {
        String text = KeyText.of(key);
        return new StoreRateLimiter(
                limit, text, admission, limit.isResolved() ? null : one().with(text, 1, 0), maxWaitNanos, again);
    }

    @Override
    public String toString() {
        return "RateLimiter '" + limit.name().shown() + "' (" + limit() + ")";
    }

    private AcquireRequest request(long permits, long maxWaitNanos) {
        return new AcquireRequest(List.of(claim(permits, maxWaitNanos)), Set.of(), again);
    }

    @SuppressWarnings("ReferenceEquality") // asks whether the limit was replaced
    private AcquireRequest oneForEver() {
        Limit current = one().limit();
        AcquireRequest request = oneForEver;
        if (request == null || request.claims().get(0).limit() != current) {
            request = request(1, Long.MAX_VALUE);
            oneForEver = request;
        }
        return request;
    }

    private Claim claim(long permits, long maxWaitNanos) {
        return one().with(key, permits, maxWaitNanos);
    }

    @SuppressWarnings("ReferenceEquality") // asks whether the limit was replaced
    private Claim one() {
        if (limit.isResolved()) {
            return limit.claim(key, 1, 0);
        }
        Claim claim = one;
        if (claim == null || claim.limit() != limit.limit()) {
            claim = limit.claim(key, 1, 0);
            one = claim;
        }
        return claim;
    }

    /** Longer than 292 years is for ever. */
    private static long nanos(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException tooLong) {
            return duration.isNegative() ? 0 : Long.MAX_VALUE;
        }
    }
}
