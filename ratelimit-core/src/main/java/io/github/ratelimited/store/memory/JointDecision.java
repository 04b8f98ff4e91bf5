package io.github.ratelimited.store.memory;

import io.github.ratelimited.Decision;
import io.github.ratelimited.store.Claim;
import java.util.ArrayList;
import java.util.List;

/**
 * Several claims decided as one: all their cells are locked, so that nobody sees permits taken that are given back a
 * moment later. All permits are taken for the moment at which the call will go on, the latest that any claim has to wait
 * for, so that no limit is exceeded then; until then the others are closed to callers who come later. So a call waits no
 * longer than the shortest wait that its limits allow it.
 */
final class JointDecision {

    private final MemoryLimiterStore store;
    private final List<Claim> given;
    private final Claim[] claims;
    private final Cell[] cells;
    private final long[] states;

    /** For each claim the index of the first one on the same cell, which holds the state and the lock. */
    private final int[] locked;

    JointDecision(MemoryLimiterStore store, List<Claim> claims) {
        this.store = store;
        this.given = claims;
        this.claims = new Claim[claims.size()];
        this.cells = new Cell[claims.size()];
        this.states = new long[claims.size()];
        this.locked = new int[claims.size()];
    }

    Decision make(long now) {
        for (Claim claim : given) {
            if (claim.aboveLimit()) {
                return Decision.ofAll(given.stream().map(store::peek).toList()); // denied for good, and nothing taken
            }
        }
        for (long moment = now; ; moment = store.now()) {
            for (int tries = 0; !lockAll(moment); tries++) {
                Cell.pause(tries);
            }
            try {
                long locked = store.now(); // read again, since others may have decided until we had the locks
                if (serve(locked)) {
                    return decide(locked);
                }
            } finally {
                unlock(cells.length);
            }
        }
    }

    /** Whether the cells can be read at that moment too, which may be long after they were looked up. */
    private boolean serve(long now) {
        for (int i = 0; i < cells.length; i++) {
            if (!cells[i].serves(claims[i].limit(), now)) {
                return false;
            }
        }
        return true;
    }

    private Decision decide(long now) {
        long[] waits = new long[cells.length];
        long longest = 0;
        boolean hold = true;
        for (int i = 0; i < cells.length; i++) {
            long cost = costUpTo(i);
            boolean holds = cost <= claims[i].limit().burst();
            waits[i] = holds
                    ? cells[i].earliest(states[locked[i]], now, cost) - now
                    : Math.max(1, cells[i].nanosToFull(states[locked[i]], now));
            hold &= holds;
            longest = Math.max(longest, waits[i]);
        }
        long most = longestWait();
        boolean fit = longest == 0 || (hold && longest <= most);
        List<Decision> parts = new ArrayList<>(cells.length);
        for (int i = 0; i < cells.length; i++) {
            Claim claim = claims[i];
            long before = states[locked[i]];
            if (fit) {
                states[locked[i]] = cells[i].take(before, now + longest, claim.cost());
                parts.add(cells[i].allowed(claim, before, states[locked[i]], now, now + longest));
            } else if (waits[i] == 0 || (waits[i] <= most && waits[i] < longest)) {
                parts.add(cells[i].allowed(claim, before, before, now, now + waits[i])
                        .notToBeRefunded());
            } else {
                parts.add(cells[i].denied(claim, before, now, now + waits[i]));
            }
        }
        return Decision.ofAll(parts);
    }

    /** How long the call may wait: as long as each of its limits lets it, and each cell can reserve. */
    private long longestWait() {
        long longest = Long.MAX_VALUE;
        for (int i = 0; i < cells.length; i++) {
            longest = Math.min(longest, Math.min(claims[i].maxWaitNanos(), cells[i].maxWait()));
        }
        return longest;
    }

    /** What the claim needs to find in its cell: its own cost, and that of the claims before it on the same cell. */
    private long costUpTo(int index) {
        long cost = 0;
        for (int i = 0; i <= index; i++) {
            cost += locked[i] == locked[index] ? claims[i].cost() : 0;
        }
        return cost;
    }

    /**
     * All or none: since nobody waits for a lock while holding one, there is no order to keep. Cells are looked up
     * before, since that may need the lock of one of them.
     */
    private boolean lockAll(long now) {
        for (int i = 0; i < cells.length; i++) {
            claims[i] = claim(i);
            cells[i] = store.lookUp(claims[i], now);
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

    /** By the numbers of the claim before it whose cell it shares, if it has others: a cell can have only one's. */
    private Claim claim(int index) {
        Claim claim = given.get(index);
        for (int i = 0; i < index; i++) {
            if (claims[i].name().equals(claim.name())
                    && !claims[i].limit().equals(claim.limit())
                    && store.isIn(cells[i], claim)) {
                return claims[i].with(claim.key(), claim.cost(), claim.maxWaitNanos());
            }
        }
        return claim;
    }

    /** Two keys for which there was no room may share a cell. */
    private int firstOf(Cell cell) {
        int i = 0;
        while (!cells[i].isSame(cell)) {
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
