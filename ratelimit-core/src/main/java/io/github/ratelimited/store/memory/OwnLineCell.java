package io.github.ratelimited.store.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The cell of a limit without keys, which all threads ask: its state has a cache line of its own, since whatever else lay
 * on that line would be taken from the others at each change of the state. A virtual machine may reorder the fields of
 * one class, but not those of a class and its superclass: hence three of them.
 */
final class OwnLineCell extends LineOfState {

    @SuppressWarnings("UnusedVariable")
    private long after1, after2, after3, after4, after5, after6, after7, after8;

    OwnLineCell(Origin origin, long state) {
        super(origin, state);
    }
}

abstract class LineBefore extends CompactCell {

    @SuppressWarnings("UnusedVariable")
    private long before1, before2, before3, before4, before5, before6, before7, before8;

    LineBefore(Origin origin) {
        super(origin);
    }
}

abstract class LineOfState extends LineBefore {

    private static final VarHandle OWN;

    static {
        try {
            OWN = MethodHandles.lookup().findVarHandle(LineOfState.class, "own", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile long own;

    LineOfState(Origin origin, long state) {
        super(origin);
        this.own = state;
    }

    @Override
    final long state() {
        return own;
    }

    @Override
    final boolean swap(long expected, long next) {
        return OWN.compareAndSet(this, expected, next);
    }

    @Override
    final void unlock(long next) {
        OWN.setRelease(this, next);
    }
}
