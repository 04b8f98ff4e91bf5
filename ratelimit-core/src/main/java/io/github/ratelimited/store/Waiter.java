package io.github.ratelimited.store;

import io.github.ratelimited.Decision;

/** One who waits in a {@link WaitingLine}. */
interface Waiter {

    /** The turn has come for which it asked by that request. Called once, outside all locks. */
    void granted(AcquireRequest request, Decision decision);

    /** It has joined, and may sleep until that moment. */
    void sleepsUntil(long moment);

    /** Whether it wakes by itself just then. */
    boolean wakesAt(long moment);
}
