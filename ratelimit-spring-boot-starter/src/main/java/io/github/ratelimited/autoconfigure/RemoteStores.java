package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.FailSafeStore;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.MergingStore;
import io.github.ratelimited.store.RememberedDenials;
import io.github.ratelimited.store.StoreListener;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import java.time.Duration;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;

/** What surrounds a store in another process, whichever it is. */
public final class RemoteStores {

    /** Denials that are remembered at once, at some 200 bytes each. */
    private static final int REMEMBERED = 100_000;

    private RemoteStores() {}

    /**
     * Merges the callers of one key, and keeps them safe from a store that is slow or gone.
     *
     * @param name by which {@code ratelimit.store} knows the store
     * @param listeners hear what becomes of each question
     * @throws InvalidRateLimitException if the timeout is not positive
     */
    public static FailSafeStore failSafe(
            LimiterStore store,
            String name,
            Duration timeout,
            RateLimitProperties properties,
            TimeSource timeSource,
            ObjectProvider<StoreListener> listeners) {
        checkTimeout(name, timeout);
        List<StoreListener> all = listeners.orderedStream().toList();
        return new FailSafeStore(
                new MergingStore(store),
                name,
                timeSource,
                timeout,
                properties::onStoreFailure,
                new MemoryLimiterStore(timeSource, properties.memory().maxKeys()),
                properties.expectedInstances(),
                all.size() == 1 ? all.get(0) : all.isEmpty() ? StoreListener.NONE : tellingAll(all));
    }

    private static StoreListener tellingAll(List<StoreListener> all) {
        return (store, outcome, nanos) -> all.forEach(each -> each.over(store, outcome, nanos));
    }

    /** Says so if it cannot be one. */
    public static void checkTimeout(String store, Duration timeout) {
        if (timeout.isNegative() || timeout.isZero()) {
            throw new InvalidRateLimitException(
                    "ratelimit." + store,
                    "timeout = " + timeout + " is not longer than zero",
                    "write for example 100ms");
        }
    }

    /** Spares the store what it would deny. */
    public static LimiterStore remembering(FailSafeStore store, TimeSource timeSource) {
        return new RememberedDenials(store, timeSource, REMEMBERED);
    }
}
