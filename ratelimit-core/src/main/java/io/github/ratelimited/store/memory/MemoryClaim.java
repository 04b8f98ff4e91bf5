package io.github.ratelimited.store.memory;

import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** A claim that knows the cells of its limit, and the cell itself if it is the one without a key. */
final class MemoryClaim extends Claim {

    private static final VarHandle UNKEYED;

    static {
        try {
            UNKEYED = MethodHandles.lookup().findVarHandle(MemoryClaim.class, "unkeyed", Cell.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final LimitCells cells;

    /** A hint: a cell that is not the right one any more says so. Published, since its state is not final. */
    @SuppressWarnings("UnusedVariable") // by UNKEYED
    private @Nullable Cell unkeyed;

    MemoryClaim(LimitCells cells, LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
        super(name, limit, key, cost, maxWaitNanos);
        this.cells = cells;
    }

    @Override
    public Claim with(@Nullable String key, long cost, long maxWaitNanos) {
        return new MemoryClaim(cells, name(), limit(), key, cost, maxWaitNanos);
    }

    Cell cell(long now) {
        Cell known = known();
        return known != null ? known : lookUp(now);
    }

    /** As {@link #cell}, after that one has turned out to be stale. */
    Cell lookUp(long now) {
        Cell cell = cells.cell(key(), limit(), now);
        if (key() == null && cell != known()) { // one line that many read is written only when it must be
            UNKEYED.setRelease(this, cell);
        }
        return cell;
    }

    private @Nullable Cell known() {
        return (Cell) UNKEYED.getAcquire(this);
    }
}
