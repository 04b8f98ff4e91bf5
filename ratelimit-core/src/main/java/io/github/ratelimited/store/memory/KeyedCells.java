package io.github.ratelimited.store.memory;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The cells of a limit's keys, by the keys' fingerprints: {@value #STRIPES} tables, so that one that grows holds up few
 * callers, and not for long. Finding takes no lock.
 */
final class KeyedCells {

    static final int STRIPES = 256;

    private static final CellTable EMPTY = CellTable.empty();

    private final AtomicReferenceArray<CellTable> tables = new AtomicReferenceArray<>(STRIPES);

    KeyedCells() {
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            tables.setPlain(stripe, EMPTY);
        }
    }

    private static int stripe(Fingerprint id) {
        return (int) (id.first() >>> 56);
    }

    /** The cell of a key; {@code null} if it has none. */
    @Nullable
    Cell find(Fingerprint id) {
        for (int tries = 0; ; tries++) {
            CellTable table = tables.get(stripe(id));
            int slot = table.indexOf(id);
            if (slot < 0) {
                return null;
            }
            Cell cell = table.cell(slot);
            if (cell != null) {
                return cell;
            }
            Cell.pause(tries); // until the table to which it has moved is in place
        }
    }

    /** Puts in the cell of a key that has none, and returns {@code null}; else returns the one that it has. */
    @Nullable
    Cell putIfAbsent(Fingerprint id, Cell cell) {
        int stripe = stripe(id);
        while (true) {
            CellTable table = tables.get(stripe);
            synchronized (table) {
                if (isInPlace(table, stripe)) {
                    Cell present = find(id);
                    if (present == null) {
                        add(stripe, table, id, cell);
                    }
                    return present;
                }
            }
        }
    }

    private void add(int stripe, CellTable table, Fingerprint id, Cell cell) {
        if (table.hasRoom()) {
            table.add(id, cell);
        } else {
            CellTable next = table.rebuilt(cell instanceof CompactCell compact ? compact.origin : table.origin);
            next.add(id, cell);
            tables.set(stripe, next);
        }
    }

    /** Puts another cell into the place of one that is locked by the caller, and retires that one. */
    void replace(Fingerprint id, Cell cell, Cell next) {
        if (cell instanceof SlotCell inline) {
            inline.giveWayTo(next);
            return;
        }
        for (int tries = 0; !tables.get(stripe(id)).replace(id, cell, next); tries++) {
            Cell.pause(tries); // it has moved: until its table is in place
        }
        cell.unlock(Cell.RETIRED);
    }

    /** Removes a retired cell; whether it was this caller who did. */
    boolean remove(Fingerprint id, Cell cell) {
        if (cell instanceof SlotCell inline) {
            return inline.goes();
        }
        int stripe = stripe(id);
        while (true) {
            CellTable table = tables.get(stripe);
            synchronized (table) {
                if (isInPlace(table, stripe)) {
                    return table.remove(id, cell);
                }
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // a table is itself only
    private boolean isInPlace(CellTable table, int stripe) {
        return tables.get(stripe) == table;
    }

    /** A round over all cells, while others come and go. */
    final class Round {

        private int stripe;
        private int slot;
        private @Nullable CellTable begun;
        private Census census = new Census();

        boolean hasNext() {
            return stripe < STRIPES;
        }

        /** The cell in the next slot; {@code null} if there is none, or at the end of a table. */
        @Nullable
        @SuppressWarnings("ReferenceEquality") // a table is itself only
        Cell next() {
            CellTable table = tables.get(stripe);
            if (table != begun) {
                begun = table; // the last one, or one that has taken its place
                census = new Census();
                slot = 0;
            }
            if (slot >= table.capacity()) {
                tidy(stripe, table, census);
                stripe++;
                return null;
            }
            int current = slot++;
            if (table.isUnused(current)) {
                return null;
            }
            Cell cell = table.cell(current);
            census.count(cell);
            return cell;
        }

        /** The key of the cell that came last. */
        Fingerprint id() {
            return Objects.requireNonNull(begun, "asked for before there was one")
                    .id(slot - 1);
        }
    }

    /** Gives memory back, and takes in the cells that stand beside the table since its limit has changed. */
    private void tidy(int stripe, CellTable table, Census census) {
        if (!census.asksForRebuild(table)) {
            return;
        }
        synchronized (table) {
            if (isInPlace(table, stripe)) {
                CellTable next = table.rebuilt(census.origin(table));
                tables.set(stripe, next.isEmpty() ? EMPTY : next);
            }
        }
    }
}
