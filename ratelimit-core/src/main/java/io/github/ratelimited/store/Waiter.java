package io.github.ratelimited.store;

import io.github.ratelimited.Decision;

/** One who waits in a {@link WaitingLine}. */
interface Waiter {

    /** The turn has come for which it asked by that request. Called once, outside all locks. */
    void granted(AcquireRequest request, Decision decision);
}
