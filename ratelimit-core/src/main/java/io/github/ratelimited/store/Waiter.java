package io.github.ratelimited.store;

import io.github.ratelimited.Decision;

/** One who waits in a {@link WaitingLine}. */
interface Waiter {

    /** Its turn has come. Called once, outside all locks. */
    void granted(Decision decision);

    /** Whether it wakes by itself at the turn with which it joined, as a parked thread does. */
    boolean wakesItself();
}
