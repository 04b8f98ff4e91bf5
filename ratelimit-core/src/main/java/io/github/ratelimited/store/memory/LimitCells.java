package io.github.ratelimited.store.memory;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.CompactAlgorithm;
import io.github.ratelimited.store.SlidingLog;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The cells of one limit: one without a key, one a key, and {@value #SHARED} that are shared, by hash, by the keys for
 * which there was no {@link Room}. A key that gets a cell of its own after all inherits what its shared cell remembers,
 * so that a full store never lets a limited caller through early.
 */
final class LimitCells {

    static final int SHARED = 64;

    private final TimeSource time;
    private final Room room;
    private final Sweep sweep;
    private final SipHash hash;
    private final KeyedCells keyed = new KeyedCells();
    private final AtomicReferenceArray<@Nullable Cell> shared = new AtomicReferenceArray<>(SHARED);
    private final Resets resets = new Resets();

    private volatile @Nullable Cell unkeyed;
    private volatile @Nullable Origin origin;
    private volatile boolean sharing;

    LimitCells(TimeSource time, SipHash hash, Room room, Sweep sweep) {
        this.time = time;
        this.hash = hash;
        this.room = room;
        this.sweep = sweep;
    }

    KeyedCells.Round round() {
        return keyed.new Round();
    }

    private @Nullable Fingerprint id(@Nullable String key) {
        return key == null ? null : hash.of(key);
    }

    /** The cell of a bucket, made if there is none. By the time it is used it may be stale: then ask again. */
    Cell cell(@Nullable String key, Limit limit, long now) {
        Fingerprint id = id(key);
        while (true) {
            Cell cell = own(id);
            if (cell == null) {
                cell = id == null ? createUnkeyed(limit, now) : createKeyed(id, limit, now);
            }
            if (cell == null) {
                continue; // made, and now to be found
            }
            if (cell.state() == Cell.RETIRED) {
                forget(id, cell);
            } else if (cell.serves(limit, now)) {
                return cell;
            } else {
                succeed(id, cell, limit, now);
            }
        }
    }

    /** The cell of a bucket, if it has one: its own, or the one that it shares. */
    @Nullable
    Cell find(@Nullable String key) {
        Fingerprint id = id(key);
        Cell own = own(id);
        return own == null && id != null && sharing ? shared.get(slot(id)) : own;
    }

    private @Nullable Cell own(@Nullable Fingerprint id) {
        return id == null ? unkeyed : keyed.find(id);
    }

    /** Empties a bucket: the next call makes a new cell. A cell that is shared with others stays as it is. */
    void reset(@Nullable String key, long now) {
        Fingerprint id = id(key);
        for (Cell cell = own(id); cell != null; cell = own(id)) {
            long state = cell.lock();
            if (state != Cell.RETIRED) {
                long after = state;
                try {
                    resets.add(id, time.nanoTime()); // after all that was taken from it, and before there is a new cell
                    after = Cell.RETIRED;
                } finally {
                    cell.unlock(after);
                }
                forget(id, cell);
                return;
            }
            forget(id, cell); // or it has a successor by now, which remembers the same
        }
        resets.add(id, now); // what was taken from one that has expired since is forgotten as well
    }

    /** Empties all buckets, and the cells that are shared. */
    void clear(long now) {
        reset(null, now);
        resets.addAll(now);
        for (KeyedCells.Round round = round(); round.hasNext(); ) {
            if (round.next(now) != null) {
                clear(round.id());
                round.gone();
            }
        }
        for (int slot = 0; slot < SHARED; slot++) {
            for (Cell cell = shared.get(slot); cell != null; cell = shared.get(slot)) {
                if (cell.lock() != Cell.RETIRED) {
                    shared.set(slot, null);
                    cell.unlock(Cell.RETIRED);
                }
            }
        }
        resets.addAll(time.nanoTime()); // nor is what was taken meanwhile from those not reached yet
    }

    private void clear(Fingerprint id) {
        for (Cell cell = own(id); cell != null; cell = own(id)) {
            boolean cleared = cell.lock() != Cell.RETIRED;
            if (cleared) {
                cell.unlock(Cell.RETIRED);
            }
            forget(id, cell);
            if (cleared) {
                return; // and not one that is made from now on
            }
        }
    }

    /** Gives permits of a bucket back. A cell that is shared with others stays as it is. */
    void giveBack(@Nullable String key, Limit limit, long cost, long now) {
        Fingerprint id = id(key);
        for (Cell cell = own(id); cell != null; cell = own(id)) {
            if (cell.state() == Cell.RETIRED) {
                forget(id, cell);
            } else if (!cell.serves(limit, now)) {
                succeed(id, cell, limit, now);
            } else {
                long state = cell.lock();
                if (state != Cell.RETIRED) {
                    long after = state;
                    try {
                        after = cell.giveBack(state, now, cost);
                    } finally {
                        cell.unlock(after);
                    }
                    return;
                }
            }
        }
    }

    /** Whether what a decision has taken from a bucket may have been forgotten since. */
    boolean isForgotten(@Nullable String key, Decision taken) {
        return resets.since(id(key), taken.limit(), taken.grantedAt() - taken.waitNanos());
    }

    /** Removes the cell of a key if nothing taken from it is left, and says whether it did; one in use is left alone. */
    boolean expire(Fingerprint id, Cell cell, long now) {
        long state = cell.maybeFull(now) ? cell.tryLock() : Cell.RETIRED;
        if (state == Cell.RETIRED || state == Cell.BUSY) {
            return false;
        }
        boolean full = cell.nanosToFull(state, now) == 0;
        cell.unlock(full ? Cell.RETIRED : state);
        if (full) {
            forget(id, cell);
        }
        return full;
    }

    private Cell createUnkeyed(Limit limit, long now) {
        synchronized (this) {
            Cell cell = unkeyed;
            if (cell == null) {
                cell = ownLine(newCell(limit, now));
                unkeyed = cell;
            }
            return cell;
        }
    }

    /** Puts in a cell, and returns {@code null}; else the one that was there, or the shared one. */
    private @Nullable Cell createKeyed(Fingerprint id, Limit limit, long now) {
        sweep.owe();
        if (!room.take()) {
            return shared(id, limit, now);
        }
        boolean added = false;
        try {
            Cell cell = newCell(limit, now);
            long state = cell.lock();
            Cell present = keyed.putIfAbsent(id, cell, now);
            added = present == null;
            if (added) {
                settle(id, state, limit, now);
            }
            return present;
        } finally {
            if (!added) {
                room.giveBack();
            }
        }
    }

    /**
     * Opens a new cell, which is locked, with what it inherits. Asked for only after the cell can be found: whoever shares
     * from now on looks for the cell first.
     */
    private void settle(Fingerprint id, long state, Limit limit, long now) {
        VarHandle.fullFence(); // we are to be found before we ask who shares; whoever shares does the reverse
        Cell cell = Objects.requireNonNull(own(id), "a locked cell stays");
        if (!sharing) {
            cell.unlock(state);
            return;
        }
        boolean settled = false;
        try {
            Cell heir = inherit(id, limit, now);
            if (heir == null) {
                cell.unlock(state);
            } else {
                keyed.replace(id, cell, heir);
            }
            settled = true;
        } finally {
            if (!settled) { // without what the shared cell remembers it would let the key through early
                cell.unlock(Cell.RETIRED);
                forget(id, cell);
            }
        }
    }

    private Cell shared(Fingerprint id, Limit limit, long now) {
        sharing = true;
        int slot = slot(id);
        while (true) {
            Cell cell = shared.get(slot);
            if (cell == null) {
                shared.compareAndSet(slot, null, newCell(limit, now));
                continue;
            }
            VarHandle.fullFence(); // see settle
            Cell own = keyed.find(id);
            if (own != null) {
                return own;
            }
            if (cell.serves(limit, now) && cell.state() != Cell.RETIRED) {
                return cell;
            }
            long state = cell.lock();
            if (state != Cell.RETIRED) {
                long after = state;
                try {
                    shared.set(slot, copy(cell, state, limit, now));
                    after = Cell.RETIRED;
                } finally {
                    cell.unlock(after);
                }
            }
        }
    }

    /** A cell with all that the shared cell of the key remembers; whoever still holds that one has to look again. */
    private @Nullable Cell inherit(Fingerprint id, Limit limit, long now) {
        int slot = slot(id);
        while (true) {
            Cell cell = shared.get(slot);
            if (cell == null) {
                return null;
            }
            long state = cell.lock();
            if (state != Cell.RETIRED) {
                long after = state;
                try {
                    Cell heir = null;
                    Cell next = null;
                    if (cell.nanosToFull(state, now) > 0) {
                        LogCell log = cell instanceof LogCell known && known.serves(limit, now) ? known : null;
                        heir = log == null ? copy(cell, state, limit, now) : log.heir();
                        next = log == null ? copy(cell, state, limit, now) : log.successor();
                    }
                    shared.set(slot, next);
                    after = Cell.RETIRED;
                    return heir;
                } finally {
                    cell.unlock(after);
                }
            }
        }
    }

    private void succeed(@Nullable Fingerprint id, Cell cell, Limit limit, long now) {
        if (id != null && cell instanceof SlotCell inline) {
            Origin next = limit.equals(inline.limit()) ? origin(limit, now) : inline.origin;
            if (next != inline.origin && next.follows(inline.origin)) {
                keyed.renew(id, next, now); // only time has passed, for all of its table
                return;
            }
        }
        long state = cell.lock();
        if (state == Cell.RETIRED) {
            return;
        }
        boolean succeeded = false; // a clock may fail, and memory end
        try {
            if (!limit.equals(cell.limit())) {
                resets.left(cell.limit(), time.nanoTime());
            }
            if (id == null) {
                unkeyed = ownLine(copy(cell, state, limit, now));
                cell.unlock(Cell.RETIRED);
            } else {
                keyed.replace(id, cell, copy(cell, state, limit, now));
            }
            succeeded = true;
        } finally {
            if (!succeeded) {
                cell.unlock(state);
            }
        }
    }

    private void forget(@Nullable Fingerprint id, Cell cell) {
        if (id == null) {
            synchronized (this) {
                if (unkeyed == cell) {
                    unkeyed = null;
                }
            }
        } else if (keyed.remove(id, cell)) {
            room.giveBack();
        }
    }

    private Cell newCell(Limit limit, long now) {
        if (limit.algorithm() == Algorithm.SLIDING_WINDOW) {
            return new LogCell(limit, new SlidingLog(limit), now);
        }
        Origin from = origin(limit, now);
        return new LoneCell(from, from.algorithm.full());
    }

    private Cell copy(Cell cell, long state, Limit limit, long now) {
        if (limit.algorithm() == Algorithm.SLIDING_WINDOW) {
            return new LogCell(
                    limit, cell.toLog(state, limit, now), cell instanceof LogCell log ? log.notBefore(now) : now);
        }
        Origin from = origin(limit, now);
        return new LoneCell(from, cell.convert(state, from, now));
    }

    private static Cell ownLine(Cell cell) {
        return cell instanceof LoneCell compact ? new OwnLineCell(compact.origin, compact.state()) : cell;
    }

    private Origin origin(Limit limit, long now) {
        Origin before = origin;
        if (before != null && before.serves(limit, now)) {
            return before;
        }
        CompactAlgorithm algorithm =
                before != null && before.limit.equals(limit) ? before.algorithm : CompactAlgorithm.of(limit);
        Origin next = new Origin(limit, algorithm, time, now);
        if (before != null && next.hasOtherWindowsThan(before)) {
            resets.addAll(now);
        }
        origin = next;
        return next;
    }

    private static int slot(Fingerprint id) {
        return (int) id.second() & (SHARED - 1);
    }
}
