package io.github.ratelimited.store.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Some of a limit's keys, by open addressing with linear probing: a slot is three {@code long}s in one array, a key's
 * fingerprint and the state of its cell, so that finding and deciding is one cache miss. What a {@code long} cannot say, a
 * sliding window or numbers other than the table's, is a cell of its own beside the array.
 *
 * <p>A slot never changes hands: once it is a key's, it stays so for as long as the table lives. So whoever has read a state
 * may swap it without asking again whose it is. A slot that has become {@link #GONE} is left behind when the table is
 * rebuilt. Slots are added, and tables rebuilt, by whoever has the table's lock.
 */
final class CellTable {

    /** The states of slots beside those of cells: nothing remembered, in a cell beside, in the table that comes next. */
    static final long GONE = Long.MIN_VALUE + 2;

    static final long BESIDE = Long.MIN_VALUE + 3;
    static final long MOVED = Long.MIN_VALUE + 4;

    private static final int LONGS = 3;
    private static final int SECOND = 1;
    private static final int STATE = 2;
    static final int SMALLEST = 8;
    private static final long LOW_HALF = 0xFFFF_FFFFL;

    private static final VarHandle SLOTS = MethodHandles.arrayElementVarHandle(long[].class);

    /** How the states in the slots are read. */
    final @Nullable Origin origin;

    private final long[] slots;
    private final int capacity;
    private volatile @Nullable AtomicReferenceArray<@Nullable Cell> beside;
    private final ReentrantLock lock = new ReentrantLock(); // a virtual thread that waits for it gives its carrier up
    private int used;

    private CellTable(@Nullable Origin origin, int capacity) {
        this.origin = origin;
        this.capacity = capacity;
        this.slots = new long[LONGS * capacity];
    }

    /** A table without a key, and without room for one. */
    static CellTable empty() {
        return new CellTable(null, 1);
    }

    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    int capacity() {
        return capacity;
    }

    /** The slot of a key, -1 if it has none. */
    int indexOf(Fingerprint id) {
        for (int slot = home(id.first()); ; slot = next(slot)) {
            long first = (long) SLOTS.getAcquire(slots, LONGS * slot);
            if (first == 0) {
                return -1;
            }
            if (first == id.first() && slots[LONGS * slot + SECOND] == id.second() && state(slot) != GONE) {
                return slot;
            }
        }
    }

    /** The cell in a slot that is a key's; {@code null} if it is gone or has moved. */
    @Nullable
    Cell cell(int slot) {
        long state = state(slot);
        if (state > MOVED || state <= Cell.RETIRED) {
            return origin == null ? null : new SlotCell(origin, this, slot);
        }
        AtomicReferenceArray<@Nullable Cell> cells = beside;
        return state == BESIDE && cells != null ? cells.get(slot) : null;
    }

    boolean isUnused(int slot) {
        return (long) SLOTS.getAcquire(slots, LONGS * slot) == 0;
    }

    Fingerprint id(int slot) {
        return new Fingerprint(slots[LONGS * slot], slots[LONGS * slot + SECOND]);
    }

    long state(int slot) {
        return (long) SLOTS.getVolatile(slots, LONGS * slot + STATE);
    }

    boolean swap(int slot, long expected, long next) {
        return SLOTS.compareAndSet(slots, LONGS * slot + STATE, expected, next);
    }

    void set(int slot, long state) {
        SLOTS.setRelease(slots, LONGS * slot + STATE, state);
    }

    /** Puts a cell beside into a slot that is locked by the caller. */
    void putBeside(int slot, Cell cell) {
        cells().set(slot, cell);
        set(slot, BESIDE);
    }

    /** Whether the cell was beside the key's slot, and another one is now. Its lock is the caller's. */
    boolean replace(Fingerprint id, Cell cell, Cell next) {
        int slot = indexOf(id);
        boolean here = slot >= 0 && holds(slot, cell);
        if (here) {
            cells().set(slot, next);
        }
        return here;
    }

    /** Whether the cell was beside the key's slot, which is gone now. */
    boolean remove(Fingerprint id, Cell cell) {
        int slot = indexOf(id);
        boolean here = slot >= 0 && holds(slot, cell);
        if (here) {
            set(slot, GONE);
            cells().set(slot, null);
        }
        return here;
    }

    @SuppressWarnings("ReferenceEquality") // a cell is itself only
    private boolean holds(int slot, Cell cell) {
        return state(slot) == BESIDE && cells().get(slot) == cell;
    }

    boolean isEmpty() {
        return used == 0;
    }

    /** Not under the lock: a rebuild has it, and may be waiting for the caller. */
    private AtomicReferenceArray<@Nullable Cell> cells() {
        synchronized (slots) {
            AtomicReferenceArray<@Nullable Cell> cells = beside;
            if (cells == null) {
                cells = new AtomicReferenceArray<>(capacity);
                beside = cells;
            }
            return cells;
        }
    }

    /** Whether one more key leaves the table no fuller than three quarters. */
    boolean hasRoom() {
        return used < capacity - capacity / 4 - 1;
    }

    /** Adds a key that is not in the table; its cell keeps its lock. */
    void add(Fingerprint id, Cell cell) {
        if (isReadHere(cell)) {
            add(id.first(), id.second(), cell.state());
        } else {
            addBeside(id.first(), id.second(), cell);
        }
    }

    private void addBeside(long first, long second, Cell cell) {
        cells().set(add(first, second, BESIDE), cell);
    }

    private int add(long first, long second, long state) {
        int slot = home(first);
        while (!isUnused(slot)) {
            slot = next(slot);
        }
        slots[LONGS * slot + STATE] = state;
        slots[LONGS * slot + SECOND] = second;
        SLOTS.setRelease(slots, LONGS * slot, first);
        used++;
        return slot;
    }

    private int home(long first) {
        return (int) (((first & LOW_HALF) * capacity) >>> Integer.SIZE);
    }

    private int next(int slot) {
        return slot + 1 == capacity ? 0 : slot + 1;
    }

    @SuppressWarnings("ReferenceEquality") // states are read by one origin, not by one like it
    private boolean isReadHere(Cell cell) {
        return cell instanceof CompactCell compact && compact.origin == origin;
    }

    private boolean isReadBy(@Nullable Origin next) {
        return origin != null && isReadBy(origin, next);
    }

    @SuppressWarnings("ReferenceEquality") // as above
    private static boolean isReadBy(Origin from, @Nullable Origin next) {
        return next != null && (from == next || next.follows(from));
    }

    @SuppressWarnings("ReferenceEquality") // as above
    private long read(Origin from, long state, long now) {
        return origin == null || origin == from ? state : origin.convert(from, state, now);
    }

    /**
     * The table that comes after this one, half full, with all keys of this one that are not gone. States that {@code next}
     * can read exactly are slots of it, the others have cells beside. All memory is taken before the first key moves, so
     * that none is left between two tables for want of it.
     */
    CellTable rebuilt(@Nullable Origin next, long now) {
        int held = 0;
        boolean inline = isReadBy(next);
        Deque<LoneCell> spare = new ArrayDeque<>();
        for (int slot = 0; slot < capacity; slot++) {
            if (!isUnused(slot) && state(slot) != GONE) {
                held++;
                if (origin != null && !inline && state(slot) != BESIDE) {
                    spare.add(new LoneCell(origin, Cell.BUSY));
                }
            }
        }
        CellTable table = new CellTable(next, Math.max(SMALLEST, 2 * (held + 1)));
        if (beside != null || !spare.isEmpty()) {
            table.cells();
        }
        for (int slot = 0; slot < capacity; slot++) {
            if (!isUnused(slot)) {
                move(slot, table, spare, now);
            }
        }
        return table;
    }

    /** A slot that is retired stays: whoever has retired it says next that it is gone. */
    private void move(int slot, CellTable table, Deque<LoneCell> spare, long now) {
        long first = slots[LONGS * slot];
        long second = slots[LONGS * slot + SECOND];
        for (int tries = 0; ; tries++) {
            long state = state(slot);
            if (state == Cell.RETIRED || state == GONE || (state == BESIDE && moveBeside(slot, table, now))) {
                return;
            }
            if (state > MOVED && swap(slot, state, MOVED)) {
                if (origin != null && isReadBy(table.origin)) {
                    table.add(first, second, table.read(origin, state, now));
                } else {
                    LoneCell cell = spare.remove();
                    cell.unlock(state);
                    table.addBeside(first, second, cell);
                }
                return;
            }
            Cell.pause(tries);
        }
    }

    /** Under the cell's lock, since whoever has that may put another cell in its place. */
    private boolean moveBeside(int slot, CellTable table, long now) {
        Cell cell = cells().get(slot);
        if (cell == null) {
            return false; // gone by now
        }
        long state = cell.lock();
        if (state == Cell.RETIRED && !holds(slot, cell)) {
            return false; // another one is in its place by now
        }
        long first = slots[LONGS * slot];
        long second = slots[LONGS * slot + SECOND];
        boolean inline =
                state != Cell.RETIRED && cell instanceof CompactCell compact && isReadBy(compact.origin, table.origin);
        if (inline) {
            table.add(first, second, table.read(((CompactCell) cell).origin, state, now));
        } else {
            table.addBeside(first, second, cell); // if it is retired, for whoever is about to remove it
        }
        set(slot, MOVED);
        if (state != Cell.RETIRED) {
            cell.unlock(inline ? Cell.RETIRED : state);
        }
        return true;
    }
}
