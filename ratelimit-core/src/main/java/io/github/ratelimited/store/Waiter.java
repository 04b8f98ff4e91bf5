package io.github.ratelimited.store;

import io.github.ratelimited.Decision;

/** Somebody in a {@link WaitingLine}. */
interface Waiter {

    /** His turn has come. Called once, outside all locks. */
    void granted(Decision decision);

    /** Whether he wakes by himself at the turn with which he joined, as a parked thread does. */
    boolean wakesItself();
}
