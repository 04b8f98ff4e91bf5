package io.github.ratelimited.store.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A cell that holds its own state: of numbers other than its table's. */
final class LoneCell extends CompactCell {

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(LoneCell.class, "state", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile long state;

    LoneCell(Origin origin, long state) {
        super(origin);
        this.state = state;
    }

    @Override
    long state() {
        return state;
    }

    @Override
    boolean swap(long expected, long next) {
        return STATE.compareAndSet(this, expected, next);
    }

    @Override
    void unlock(long next) {
        STATE.setRelease(this, next);
    }
}
