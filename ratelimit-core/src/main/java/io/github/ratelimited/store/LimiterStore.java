package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Where permits are counted. One method decides; a store in another process overrides the asynchronous and the batch
 * form as well, so that neither holds a thread nor makes a trip a request. A store never waits for a permit: it reserves
 * and tells the wait. Concerns around a store (merging, remembering denials, failing safely, observing) are stores that
 * hold another one.
 */
public interface LimiterStore {

    /**
     * Decides a request: all of its claims are granted at one moment, or none is and nothing changes. A claim that has
     * to wait, for no longer than its {@code maxWait}, has its permits reserved for {@link Decision#waitNanos()} from
     * now, after all that were reserved before it.
     */
    Decision acquire(AcquireRequest request);

    /** As {@link #acquire}, for one claim of a caller who only wants to know whether it may go on now. */
    default boolean tryAcquire(Claim claim) {
        return acquire(AcquireRequest.of(claim)).allowed();
    }

    /** As {@link #acquire}, without holding the caller's thread while a remote store answers. */
    default CompletionStage<Decision> acquireAsync(AcquireRequest request) {
        return CompletableFuture.completedFuture(acquire(request));
    }

    /** Decides several independent requests in their order; a remote store in one trip if it can. */
    default CompletionStage<List<Decision>> acquireAll(List<AcquireRequest> requests) {
        List<CompletableFuture<Decision>> answers = requests.stream()
                .map(request -> acquireAsync(request).toCompletableFuture())
                .toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(done -> answers.stream().map(CompletableFuture::join).toList());
    }

    /**
     * Gives back what an allowed decision took, as far as it has not refilled since and no later reservation stands on
     * it. Once a decision: see {@link Decision#takeRefund()}. A remote store does this in order, but need not wait for it.
     */
    void refund(AcquireRequest request, Decision decision);

    /** Whether {@link #acquire} makes no trip, so that it may be called under a lock. */
    default boolean answersAtOnce() {
        return false;
    }

    /** The moment, by the caller's clock, of a turn that was reserved just now. */
    default long turnAt(Decision reserved, TimeSource timeSource) {
        return timeSource.nanoTime() + reserved.waitNanos();
    }

    /** What {@link #acquire} would answer to this claim now; takes nothing. */
    Decision peek(Claim claim);

    /** As {@link #peek}, without holding the caller's thread while a remote store answers. */
    default CompletionStage<Decision> peekAsync(Claim claim) {
        return CompletableFuture.completedFuture(peek(claim));
    }

    /**
     * Gives back up to {@code claim.cost()} of the permits that were taken from the claim's bucket and have not refilled,
     * whoever took them; never more than the bucket holds. Turns that are reserved stay, but a store that cannot tell them
     * from what was taken counts them as that. For an operator: a remote store confirms it.
     */
    void giveBack(Claim claim);

    /**
     * Forgets all that was taken from the bucket of {@code key} under the limit. Decisions of before can no longer be
     * refunded.
     */
    void reset(LimitName name, @Nullable String key);

    /**
     * A claim in the form that this store answers fastest. It is kept, shared by threads without synchronization, and
     * others are made from it by {@link Claim#with}: a subclass has final fields only, and overrides that.
     */
    default Claim claim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
        return new Claim(name, limit, key, cost, maxWaitNanos);
    }
}
