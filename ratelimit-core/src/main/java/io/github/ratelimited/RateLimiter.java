package io.github.ratelimited;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps its callers under a {@link Limit}. Methods that begin with {@code try} return at once and tell; methods that
 * begin with {@code acquire} wait for their turn, in order of arrival, and throw {@link RateLimitExceededException} when
 * it cannot come in time. A denied call takes nothing. Safe for use by any number of threads.
 *
 * <pre>{@code
 * RateLimiter limiter = RateLimiter.create(Limit.of(5, Duration.ofSeconds(1)));
 * limiter.acquire();                          // waits for a permit
 * limiter.call(() -> client.fetch(url));      // calls if there is one
 * limiter.forKey(user).tryAcquire();          // each user has permits of its own
 * }</pre>
 */
public interface RateLimiter {

    /** A limiter in this process's memory. */
    static RateLimiter create(Limit limit) {
        return create(limit, TimeSource.system());
    }

    /** A limiter in this process's memory that lives by {@code timeSource}. */
    static RateLimiter create(Limit limit, TimeSource timeSource) {
        return RateLimiterFactory.Holder.INSTANCE.create(limit, timeSource);
    }

    /**
     * The name by which a {@link RateLimiterRegistry} knows the limit. People are shown it too, as
     * {@link Decision#limitName()}; of a limit that was given no name, and of a plan, they are shown a shorter one.
     */
    String name();

    /** The limit in force now. */
    Limit limit();

    /**
     * How long {@link #call}, {@link #run} and {@link #callAsync} wait for their turn: as long as the limit's
     * configuration or annotation lets its calls wait; zero for a limiter that has neither.
     */
    Duration maxWait();

    /** This limiter with another {@link #maxWait()}; zero or negative = never wait. */
    RateLimiter withMaxWait(Duration maxWait);

    /** Takes one permit if there is one. */
    boolean tryAcquire();

    /**
     * Takes {@code permits} if they are there.
     *
     * @throws IllegalArgumentException if {@code permits} is not positive
     */
    boolean tryAcquire(long permits);

    /**
     * Reserves {@code permits} if they come within {@code maxWait}, and does not wait for them: the caller may go on
     * after {@link Decision#waitTime()}. To wait use {@link #acquire(long, Duration)}.
     *
     * @param maxWait the longest wait; zero or negative = none
     * @throws IllegalArgumentException if {@code permits} is not positive
     */
    Decision tryAcquire(long permits, Duration maxWait);

    /**
     * Waits for one permit, however long that takes.
     *
     * @throws InterruptedException if interrupted before its turn; the permit is given back
     */
    void acquire() throws InterruptedException;

    /**
     * Waits for {@code permits}.
     *
     * @param maxWait the longest wait; a wait that cannot fit is denied at once
     * @return how it was allowed
     * @throws RateLimitExceededException if denied
     * @throws InterruptedException if interrupted before its turn; the permits are given back
     * @throws IllegalArgumentException if {@code permits} is not positive
     */
    Decision acquire(long permits, Duration maxWait) throws InterruptedException;

    /**
     * A future that completes when it is this caller's turn for one permit. No thread is held. Cancelling it, or
     * completing it in any other way before its turn, gives the permit back: those who wait behind it for the same move
     * up. (Only where a request of another cost, or together with another limit, stands behind it, that one keeps its
     * turn, and the permit may go unused.)
     */
    CompletableFuture<Void> acquireAsync();

    /**
     * As {@link #acquireAsync()}, for {@code permits} that must come within {@code maxWait}; otherwise the future fails
     * at once with {@link RateLimitExceededException}.
     *
     * @throws IllegalArgumentException if {@code permits} is not positive
     */
    CompletableFuture<Decision> acquireAsync(long permits, Duration maxWait);

    /**
     * Does what an annotated method would: takes a permit, waiting for it up to {@link #maxWait()}, and calls
     * {@code action}. The permit is spent whether the action succeeds or not.
     *
     * @return what the action returns
     * @throws RateLimitExceededException if denied; the action is not called
     * @throws InterruptedException if interrupted before its turn; the permit is given back, the action is not called
     * @throws Exception what the action throws
     */
    default <T extends @Nullable Object> T call(Callable<T> action) throws Exception {
        return call(1, action);
    }

    /**
     * As {@link #call(Callable)}, for an action that costs {@code permits}.
     *
     * @throws IllegalArgumentException if {@code permits} is not positive
     */
    default <T extends @Nullable Object> T call(long permits, Callable<T> action) throws Exception {
        acquire(permits, maxWait());
        return action.call();
    }

    /**
     * As {@link #call(Callable)}, for an action without result.
     *
     * @throws RateLimitExceededException if denied; the action is not run
     * @throws InterruptedException if interrupted before its turn; the permit is given back, the action is not run
     */
    default void run(Runnable action) throws InterruptedException {
        acquire(1, maxWait());
        action.run();
    }

    /**
     * As {@link #call(Callable)} for an asynchronous action: nobody is blocked. The action is started when its turn
     * comes, by this thread if that is now, else by one of {@link TimeSource#executor()}, with this thread's context
     * class loader. The future follows that of the action; it fails with
     * {@link RateLimitExceededException} if denied. Cancelled before its turn it gives the permit back, later it cancels
     * the action's future.
     */
    default <T extends @Nullable Object> CompletableFuture<T> callAsync(Supplier<? extends CompletionStage<T>> action) {
        return callAsync(1, action);
    }

    /**
     * As {@link #callAsync(Supplier)}, for an action that costs {@code permits}.
     *
     * @throws IllegalArgumentException if {@code permits} is not positive
     */
    <T extends @Nullable Object> CompletableFuture<T> callAsync(
            long permits, Supplier<? extends CompletionStage<T>> action);

    /**
     * Gives the permits of an allowed decision of this limiter (of the same {@link #forKey(Object) key}) back, for a
     * call that did not take place. Once a decision; what has refilled since or is needed by others who already have
     * their turn is not given twice, and a denial gives nothing.
     *
     * @throws IllegalArgumentException if it is a decision of a limit of another name, or of several limits together
     */
    void refund(Decision decision);

    /**
     * Gives back permits that were taken, whoever took them: as many of {@code permits} as have not refilled, so that
     * the limit never holds more than it can. For an operator; use {@link #refund(Decision)} for a call that did not take
     * place. Who waits keeps his turn.
     *
     * @throws IllegalArgumentException if {@code permits} is not positive
     */
    void giveBack(long permits);

    /** What a request for one permit would be told now. Takes nothing. */
    Decision peek();

    /** Forgets all that was taken: the next call finds a limit that was never used. */
    void reset();

    /**
     * This limiter for one key: permits of its own under the same limit. A key that is {@code null} or blank is a key
     * like any other, so anonymous callers are limited together.
     */
    RateLimiter forKey(@Nullable Object key);
}
