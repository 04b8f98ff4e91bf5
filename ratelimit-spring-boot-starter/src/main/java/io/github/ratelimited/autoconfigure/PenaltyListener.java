package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.store.LimitName;

/**
 * Hears of keys that are shut out; of which one is not told. It must neither wait nor throw, nor ask a limiter: the call by
 * which a key is shut out is held up by it, maybe under a lock of those who wait.
 */
@FunctionalInterface
public interface PenaltyListener {

    /** A key of that limit is shut out from now on. */
    void shutOut(LimitName name);
}
