package io.github.ratelimited.store.memory;

import org.jspecify.annotations.Nullable;

/** What a round has seen in one table, to tell whether it had better be built anew. */
final class Census {

    private int cells;
    private int newer;
    private @Nullable Origin newest;

    void count(CellTable table, Cell cell) {
        cells++;
        if (cell instanceof LoneCell stray && isLater(stray.origin, table.origin)) {
            newer++;
            newest = isLater(stray.origin, newest) ? stray.origin : newest;
        }
    }

    void gone() {
        cells--;
    }

    private static boolean isLater(Origin origin, @Nullable Origin than) {
        return than == null || origin.nanos - than.nanos > 0;
    }

    /** If it is nearly empty, or if most of its cells came after its numbers had changed. */
    boolean asksForRebuild(CellTable table) {
        return (8 * cells < table.capacity() && table.capacity() > CellTable.SMALLEST)
                || (cells == 0 && !table.isEmpty())
                || 2 * newer > cells;
    }

    /** By which origin the states of the new table are to be read: never by an older one. */
    @Nullable
    Origin origin(CellTable table) {
        return 2 * newer > cells ? newest : table.origin;
    }
}
