package io.github.ratelimited.store.memory;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.CompactAlgorithm;
import io.github.ratelimited.store.SlidingLog;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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
    private final ConcurrentHashMap<String, Cell> keyed = new ConcurrentHashMap<>();
    private final AtomicReferenceArray<@Nullable Cell> shared = new AtomicReferenceArray<>(SHARED);
    private final Resets resets = new Resets();

    private volatile @Nullable Cell unkeyed;
    private volatile @Nullable Origin origin;
    private volatile boolean sharing;

    LimitCells(TimeSource time, Room room, Sweep sweep) {
        this.time = time;
        this.room = room;
        this.sweep = sweep;
    }

    Map<String, Cell> keyed() {
        return keyed;
    }

    /** The cell of a bucket, made if there is none. By the time it is used it may be stale: then ask again. */
    Cell cell(@Nullable String key, Limit limit, long now) {
        while (true) {
            Cell cell = own(key);
            if (cell == null) {
                cell = key == null ? createUnkeyed(limit, now) : createKeyed(key, limit, now);
            }
            if (cell.state() == Cell.RETIRED) {
                forget(key, cell);
            } else if (cell.serves(limit, now)) {
                return cell;
            } else {
                succeed(key, cell, limit, now);
            }
        }
    }

    /** The cell of a bucket, if it has one: its own, or the one that it shares. */
    @Nullable
    Cell find(@Nullable String key) {
        Cell own = own(key);
        return own == null && key != null && sharing ? shared.get(slot(key)) : own;
    }

    private @Nullable Cell own(@Nullable String key) {
        return key == null ? unkeyed : keyed.get(key);
    }

    /** Empties a bucket: the next call makes a new cell. A cell that is shared with others stays as it is. */
    void reset(@Nullable String key, long now) {
        for (Cell cell = own(key); cell != null; cell = own(key)) {
            if (cell.lock() != Cell.RETIRED) {
                try {
                    resets.add(key, now); // before others can have a new cell
                } finally {
                    cell.unlock(Cell.RETIRED);
                }
                forget(key, cell);
                return;
            }
            forget(key, cell); // or it has a successor by now, which remembers the same
        }
        resets.add(key, now); // what was taken from one that has expired since is forgotten as well
    }

    /** Empties all buckets, and the cells that are shared. */
    void clear(long now) {
        reset(null, now);
        keyed.keySet().forEach(key -> reset(key, now));
        for (int slot = 0; slot < SHARED; slot++) {
            for (Cell cell = shared.get(slot); cell != null; cell = shared.get(slot)) {
                if (cell.lock() != Cell.RETIRED) {
                    shared.set(slot, null);
                    cell.unlock(Cell.RETIRED);
                }
            }
        }
    }

    /** Gives permits of a bucket back. A cell that is shared with others stays as it is. */
    void giveBack(@Nullable String key, Limit limit, long cost, long now) {
        for (Cell cell = own(key); cell != null; cell = own(key)) {
            if (cell.state() == Cell.RETIRED) {
                forget(key, cell);
            } else if (!cell.serves(limit, now)) {
                succeed(key, cell, limit, now);
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

    /** Whether what was taken from a bucket at a moment may have been forgotten since. */
    boolean wasResetSince(@Nullable String key, long moment) {
        return resets.since(key, moment);
    }

    /** Removes the cell of a key if nothing taken from it is left, and says whether it did; one in use is left alone. */
    boolean expire(String key, Cell cell, long now) {
        long state = cell.maybeFull(now) ? cell.tryLock() : Cell.RETIRED;
        if (state == Cell.RETIRED || state == Cell.BUSY) {
            return false;
        }
        boolean full = cell.nanosToFull(state, now) == 0;
        cell.unlock(full ? Cell.RETIRED : state);
        if (full) {
            forget(key, cell);
        }
        return full;
    }

    private Cell createUnkeyed(Limit limit, long now) {
        synchronized (this) {
            Cell cell = unkeyed;
            if (cell == null) {
                cell = newCell(null, limit, now);
                unkeyed = cell;
            }
            return cell;
        }
    }

    private Cell createKeyed(String key, Limit limit, long now) {
        sweep.owe();
        if (!room.take()) {
            return shared(key, limit, now);
        }
        boolean added = false;
        try {
            Cell cell = newCell(key, limit, now);
            long state = cell.lock();
            Cell present = keyed.putIfAbsent(key, cell);
            added = present == null;
            return added ? withInheritance(key, cell, state, limit, now) : present;
        } finally {
            if (!added) {
                room.giveBack();
            }
        }
    }

    /**
     * The new cell, which is locked, or its heir. Asked for only after the cell can be found: whoever shares from now on
     * looks for the cell first.
     */
    private Cell withInheritance(String key, Cell cell, long state, Limit limit, long now) {
        if (!sharing) {
            cell.unlock(state);
            return cell;
        }
        Cell settled = null;
        try {
            Cell heir = inherit(key, limit, now);
            if (heir != null) {
                keyed.replace(key, cell, heir);
            }
            settled = heir == null ? cell : heir;
            return settled;
        } finally {
            if (settled == null) {
                forget(key, cell); // without what the shared cell remembers it would let the key through early
            }
            cell.unlock(settled == cell ? state : Cell.RETIRED);
        }
    }

    private Cell shared(String key, Limit limit, long now) {
        sharing = true;
        int slot = slot(key);
        while (true) {
            Cell cell = shared.get(slot);
            if (cell == null) {
                shared.compareAndSet(slot, null, newCell(key, limit, now));
                continue;
            }
            Cell own = keyed.get(key);
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
                    shared.set(slot, copy(key, cell, state, limit, now));
                    after = Cell.RETIRED;
                } finally {
                    cell.unlock(after);
                }
            }
        }
    }

    /** A cell with all that the shared cell of the key remembers; whoever still holds that one has to look again. */
    private @Nullable Cell inherit(String key, Limit limit, long now) {
        int slot = slot(key);
        while (true) {
            Cell cell = shared.get(slot);
            if (cell == null) {
                return null;
            }
            long state = cell.lock();
            if (state != Cell.RETIRED) {
                long after = state;
                try {
                    boolean full = cell.nanosToFull(state, now) == 0;
                    Cell heir = full ? null : copy(key, cell, state, limit, now);
                    shared.set(slot, full ? null : copy(key, cell, state, limit, now));
                    after = Cell.RETIRED;
                    return heir;
                } finally {
                    cell.unlock(after);
                }
            }
        }
    }

    private void succeed(@Nullable String key, Cell cell, Limit limit, long now) {
        long state = cell.lock();
        if (state == Cell.RETIRED) {
            return;
        }
        long after = state; // unless there is a successor: a clock may fail, and memory end
        try {
            Cell next = copy(key, cell, state, limit, now);
            if (key == null) {
                unkeyed = next;
            } else {
                keyed.replace(key, cell, next);
            }
            after = Cell.RETIRED;
        } finally {
            cell.unlock(after);
        }
    }

    private void forget(@Nullable String key, Cell cell) {
        if (key == null) {
            synchronized (this) {
                if (unkeyed == cell) {
                    unkeyed = null;
                }
            }
        } else if (keyed.remove(key, cell)) {
            room.giveBack();
        }
    }

    private Cell newCell(@Nullable String key, Limit limit, long now) {
        if (limit.algorithm() == Algorithm.SLIDING_WINDOW) {
            return new LogCell(limit, new SlidingLog(limit), now);
        }
        Origin from = origin(limit, now);
        return compact(key, from, from.algorithm.full());
    }

    private Cell copy(@Nullable String key, Cell cell, long state, Limit limit, long now) {
        if (limit.algorithm() == Algorithm.SLIDING_WINDOW) {
            return new LogCell(limit, cell.toLog(state, limit, now), now);
        }
        Origin from = origin(limit, now);
        return compact(key, from, cell.convert(state, from, now));
    }

    private static Cell compact(@Nullable String key, Origin origin, long state) {
        return key == null ? new OwnLineCell(origin, state) : new CompactCell(origin, state);
    }

    private Origin origin(Limit limit, long now) {
        Origin current = origin;
        if (current == null || !current.serves(limit, now)) {
            CompactAlgorithm algorithm =
                    current != null && current.limit.equals(limit) ? current.algorithm : CompactAlgorithm.of(limit);
            current = new Origin(limit, algorithm, time, now);
            origin = current;
        }
        return current;
    }

    private static int slot(String key) {
        int hash = key.hashCode() * 0x9E3779B9;
        return (hash >>> 16) % SHARED;
    }
}
