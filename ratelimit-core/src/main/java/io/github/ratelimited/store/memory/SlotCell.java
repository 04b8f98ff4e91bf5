package io.github.ratelimited.store.memory;

/** A view of a slot whose state the table itself holds; made for each look. */
final class SlotCell extends CompactCell {

    private final CellTable table;
    private final int slot;

    SlotCell(Origin origin, CellTable table, int slot) {
        super(origin);
        this.table = table;
        this.slot = slot;
    }

    /** Retired as well if the slot is gone, has moved, or has its cell beside it by now. */
    @Override
    long state() {
        long state = table.state(slot);
        return state > CellTable.MOVED || state <= RETIRED ? state : RETIRED;
    }

    @Override
    boolean swap(long expected, long next) {
        return table.swap(slot, expected, next);
    }

    @Override
    void unlock(long next) {
        table.set(slot, next);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // a table is itself only
    boolean isSame(Cell other) {
        return other instanceof SlotCell that && that.table == table && that.slot == slot;
    }

    /** Ends the lock, which the caller has, by putting another cell into the place of this one. */
    @SuppressWarnings("ReferenceEquality") // states are read by one origin, not by one like it
    void giveWayTo(Cell next) {
        if (next instanceof CompactCell compact && compact.origin == origin) {
            unlock(next.state());
        } else {
            table.putBeside(slot, next);
        }
    }

    /** Marks a retired slot as gone; true for one caller only. */
    boolean goes() {
        return table.swap(slot, RETIRED, CellTable.GONE);
    }
}
