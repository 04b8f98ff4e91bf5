package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import java.io.Serial;

/** A thread was interrupted while it waited for its turn, which has been given back. */
public final class WaitInterruptedException extends InterruptedException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final Decision reserved;

    WaitInterruptedException(Decision reserved) {
        super("interrupted while waiting for a permit");
        this.reserved = reserved;
    }

    /** The decision by which it waited. */
    public Decision reserved() {
        return reserved;
    }
}
