package io.github.ratelimited.store.memory;

import io.github.ratelimited.Decision;
import io.github.ratelimited.store.Claim;
import java.util.ArrayList;
import java.util.List;

/**
 * Several claims decided as one: all their cells are locked, so that nobody sees permits taken that are given back a
 * moment later. Each claim has the turn that it would have alone, and the call goes on when the last of them has come: who
 * waits for one limit does not keep others from another.
 */
final class JointDecision {

    private final MemoryLimiterStore store;
    private final List<Claim> claims;
    private final Cell[] cells;
    private final long[] states;

    /** For each claim the index of the first one on the same cell, which holds the state and the lock. */
    private final int[] locked;

    JointDecision(MemoryLimiterStore store, List<Claim> claims) {
        this.store = store;
        this.claims = claims;
        this.cells = new Cell[claims.size()];
        this.states = new long[claims.size()];
        this.locked = new int[claims.size()];
    }

    Decision make(long now) {
        for (Claim claim : claims) {
            if (claim.aboveLimit()) {
                return store.costAboveLimit(claim, now);
            }
        }
        for (int tries = 0; !lockAll(now); tries++) {
            Cell.pause(tries);
        }
        try {
            return decide(now);
        } finally {
            unlock(cells.length);
        }
    }

    private Decision decide(long now) {
        long[] ats = new long[cells.length];
        boolean[] fits = new boolean[cells.length];
        boolean fit = true;
        for (int i = 0; i < cells.length; i++) {
            Claim claim = claims.get(i);
            long cost = costUpTo(i);
            boolean holds = cost <= claim.limit().burst();
            ats[i] = holds
                    ? cells[i].earliest(states[locked[i]], now, cost)
                    : now + Math.max(1, cells[i].nanosToFull(states[locked[i]], now));
            fits[i] = holds && cells[i].fits(claim, now, ats[i]);
            fit &= fits[i];
        }
        List<Decision> parts = new ArrayList<>(cells.length);
        for (int i = 0; i < cells.length; i++) {
            Claim claim = claims.get(i);
            long before = states[locked[i]];
            if (fit) {
                states[locked[i]] = cells[i].take(before, ats[i], claim.cost());
            }
            parts.add(
                    fits[i]
                            ? cells[i].allowed(claim, before, states[locked[i]], now, ats[i])
                            : cells[i].denied(claim, before, now, ats[i]));
        }
        return Decision.ofAll(parts);
    }

    /** What the claim needs to find in its cell: its own cost, and that of the claims before it on the same cell. */
    private long costUpTo(int index) {
        long cost = 0;
        for (int i = 0; i <= index; i++) {
            cost += locked[i] == locked[index] ? claims.get(i).cost() : 0;
        }
        return cost;
    }

    /**
     * All or none: with nobody holding one lock while he waits for another, there is no order to keep. Cells are looked up
     * before, since that may need the lock of one of them.
     */
    private boolean lockAll(long now) {
        for (int i = 0; i < cells.length; i++) {
            cells[i] = store.lookUp(claims.get(i), now);
            locked[i] = firstOf(cells[i]);
        }
        for (int i = 0; i < cells.length; i++) {
            if (locked[i] == i) {
                states[i] = cells[i].tryLock();
                if (states[i] == Cell.BUSY || states[i] == Cell.RETIRED) {
                    unlock(i);
                    return false;
                }
            }
        }
        return true;
    }

    /** Two keys for which there was no room may share a cell. */
    private int firstOf(Cell cell) {
        int i = 0;
        while (cells[i] != cell) {
            i++;
        }
        return i;
    }

    private void unlock(int count) {
        for (int i = 0; i < count; i++) {
            if (locked[i] == i) {
                cells[i].unlock(states[i]);
            }
        }
    }
}
