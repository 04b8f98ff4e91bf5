package io.github.ratelimited.store;

import io.github.ratelimited.Decision;

/** One who waits in a {@link WaitingLine}. */
interface Waiter {

    /** The turn has come for which it asked by that request. Called once, outside all locks. */
    void granted(AcquireRequest request, Decision decision);

    /** Has joined with a turn at that moment, until which it may sleep. */
    void sleepsUntil(long turnAt);

    /** Whether it wakes by itself just then. */
    boolean wakesAt(long turnAt);
}
