package io.github.ratelimited.store.memory;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The cells of a limit's keys, by the keys' fingerprints: {@value #STRIPES} tables, so that one that grows holds up few
 * callers, and not for long. Finding takes no lock. A round also gives memory back, and takes in the cells that stand
 * beside a table since its limit has changed.
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
    Cell putIfAbsent(Fingerprint id, Cell cell, long now) {
        int stripe = stripe(id);
        CellTable table = locked(stripe);
        try {
            Cell present = find(id);
            if (present == null && table.hasRoom()) {
                table.add(id, cell);
            } else if (present == null) {
                CellTable next =
                        table.rebuilt(cell instanceof CompactCell compact ? compact.origin : table.origin, now);
                next.lock();
                try {
                    // First: what has moved must be found, even if there is no memory to add one.
                    tables.set(stripe, next);
                    next.add(id, cell);
                } finally {
                    next.unlock();
                }
            }
            return present;
        } finally {
            table.unlock();
        }
    }

    /** Reads the states of the key's table, and so of its neighbours, by a later origin of the same numbers. */
    void renew(Fingerprint id, Origin next, long now) {
        int stripe = stripe(id);
        CellTable table = locked(stripe);
        try {
            Origin current = table.origin;
            if (current != null && current != next && next.follows(current)) {
                tables.set(stripe, table.rebuilt(next, now));
            }
        } finally {
            table.unlock();
        }
    }

    /** The table in place, with its lock. */
    private CellTable locked(int stripe) {
        while (true) {
            CellTable table = tables.get(stripe);
            table.lock();
            if (isInPlace(table, stripe)) {
                return table;
            }
            table.unlock();
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
        CellTable table = locked(stripe(id));
        try {
            return table.remove(id, cell);
        } finally {
            table.unlock();
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
        Cell next(long now) {
            CellTable table = tables.get(stripe);
            if (table != begun) {
                begun = table; // the last one, or one that has taken its place
                census = new Census();
                slot = 0;
            }
            if (slot >= table.capacity()) {
                end(table, now);
                return null;
            }
            int current = slot++;
            if (table.isUnused(current)) {
                return null;
            }
            Cell cell = table.cell(current);
            if (cell != null) {
                census.count(table, cell);
            }
            return cell;
        }

        /** Goes on to the next table, but not past one that is being moved: what comes in its place is begun. */
        private void end(CellTable table, long now) {
            table.lock();
            try {
                if (isInPlace(table, stripe)) {
                    if (census.asksForRebuild(table)) {
                        CellTable next = table.rebuilt(census.origin(table), now);
                        tables.set(stripe, next.isEmpty() ? EMPTY : next);
                    }
                    stripe++;
                }
            } finally {
                table.unlock();
            }
        }

        /** The cell that came last has gone since. */
        void gone() {
            census.gone();
        }

        /** The key of the cell that came last. */
        Fingerprint id() {
            return Objects.requireNonNull(begun, "asked for before there was one")
                    .id(slot - 1);
        }
    }
}
