package io.github.ratelimited.store.memory;

import org.jspecify.annotations.Nullable;

/** What a round has seen in one table, to tell whether it had better be built anew. */
final class Census {

    private int cells;
    private int strays;
    private @Nullable Origin origin;

    @SuppressWarnings("ReferenceEquality") // states are read by one origin, not by one like it
    void count(@Nullable Cell cell) {
        if (cell != null) {
            cells++;
            if (cell instanceof LoneCell stray) {
                strays = stray.origin == origin ? strays + 1 : 1;
                origin = stray.origin;
            }
        }
    }

    /** If it is nearly empty, or if most of its cells could be slots by another origin. */
    boolean asksForRebuild(CellTable table) {
        return (8 * cells < table.capacity() && table.capacity() > CellTable.SMALLEST)
                || (cells > 0 && mostAreStrays());
    }

    /** By which origin the states of the new table are to be read. */
    @Nullable
    Origin origin(CellTable table) {
        return mostAreStrays() ? origin : table.origin;
    }

    private boolean mostAreStrays() {
        return 2 * strays > cells;
    }
}
