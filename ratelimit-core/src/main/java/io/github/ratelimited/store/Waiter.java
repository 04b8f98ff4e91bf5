package io.github.ratelimited.store;

import io.github.ratelimited.Decision;

/** One who waits in a {@link WaitingLine}. */
interface Waiter {

    /**
     * The turn has come for which it asked by that request, or never will. Called once, outside all locks; must not throw,
     * since others are told after it.
     */
    void granted(Admission admission, AcquireRequest request, Decision decision);
}
