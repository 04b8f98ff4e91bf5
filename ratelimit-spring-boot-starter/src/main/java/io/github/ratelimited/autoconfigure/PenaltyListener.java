package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.store.LimitName;

/** Hears of keys that are shut out; of which one is not told. */
@FunctionalInterface
public interface PenaltyListener {

    /** A key of that limit is shut out from now on. */
    void shutOut(LimitName name);
}
