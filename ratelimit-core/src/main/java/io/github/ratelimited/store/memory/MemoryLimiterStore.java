package io.github.ratelimited.store.memory;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts in this process's memory. A decision on one limit is one compare-and-set; on several it locks their cells for
 * as long as the arithmetic takes. Bounded: beyond {@code maxKeys} new keys share cells by hash, which limits them
 * sooner, never later.
 */
public final class MemoryLimiterStore implements LimiterStore {

    /** Keys held unless told otherwise: one million, some 50 MB; a sliding window takes more. */
    public static final long DEFAULT_MAX_KEYS = 1_000_000;

    /**
     * A denial for a shorter time may only mean that somebody who read the clock after us came before us: then we read it
     * again.
     */
    private static final long ONLY_LATE = 100_000;

    private final TimeSource time;
    private final long maxKeys;
    private final Room room;
    private final SipHash hash;
    private final ConcurrentHashMap<LimitName, LimitCells> limits = new ConcurrentHashMap<>();
    private final Sweep sweep;

    /**
     * A store that holds at most {@code maxKeys} keys, of all limits together.
     *
     * @throws IllegalArgumentException if {@code maxKeys} is not positive
     */
    public MemoryLimiterStore(TimeSource time, long maxKeys) {
        this(time, maxKeys, SipHash.random());
    }

    /** With a hash that is known beforehand, for tests. */
    MemoryLimiterStore(TimeSource time, long maxKeys, SipHash hash) {
        if (maxKeys < 1) {
            throw new IllegalArgumentException("max-keys = " + maxKeys + " is not positive");
        }
        this.time = time;
        this.maxKeys = maxKeys;
        this.hash = hash;
        this.room = new Room(maxKeys);
        this.sweep = new Sweep(limits.values(), time, room);
    }

    /** How many keys it holds now. */
    public long keys() {
        return room.keys();
    }

    /** How many keys it holds at most. */
    public long maxKeys() {
        return maxKeys;
    }

    @Override
    public boolean tryAcquire(Claim claim) {
        if (claim.aboveLimit()) {
            return false;
        }
        long now = time.nanoTime();
        long wait = tryTake(claim, now);
        if (wait != 0 && wait < ONLY_LATE) {
            wait = tryTake(claim, time.nanoTime());
        }
        if (claim.key() != null) {
            sweep.pay(now);
        }
        return wait == 0;
    }

    private long tryTake(Claim claim, long now) {
        long wait = cell(claim, now).tryTake(claim, now);
        while (wait == Cell.STALE) {
            wait = lookUp(claim, now).tryTake(claim, now);
        }
        return wait;
    }

    @Override
    public Decision acquire(AcquireRequest request) {
        List<Claim> claims = request.claims();
        long now = time.nanoTime();
        Decision decision = claims.size() == 1 ? decide(claims.get(0), now) : new JointDecision(this, claims).make(now);
        sweep.pay(now);
        return decision;
    }

    private Decision decide(Claim claim, long now) {
        if (claim.aboveLimit()) {
            return costAboveLimit(claim, now);
        }
        Decision decision = decideOnce(claim, now);
        return decision.deniedForLessThan(ONLY_LATE) ? decideOnce(claim, time.nanoTime()) : decision;
    }

    private Decision decideOnce(Claim claim, long now) {
        Decision decision = cell(claim, now).decide(claim, now);
        while (decision == null) {
            decision = lookUp(claim, now).decide(claim, now);
        }
        return decision;
    }

    long now() {
        return time.nanoTime();
    }

    @Override
    public boolean answersAtOnce() {
        return true;
    }

    @Override
    public long turnAt(Decision reserved, TimeSource timeSource) {
        return reserved.grantedAt();
    }

    private Decision costAboveLimit(Claim claim, long now) {
        Decision peeked = peek(claim, 1, now);
        return Decision.costAboveLimit(
                claim.name().shown(),
                claim.limit(),
                claim.cost(),
                peeked.remaining(),
                peeked.resetAfter().toNanos());
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // a decision on one limit is its own part
    public void refund(AcquireRequest request, Decision decision) {
        if (!decision.takeRefund()) {
            return;
        }
        long now = time.nanoTime();
        for (int i = 0; i < request.claims().size(); i++) {
            Claim claim = request.claims().get(i);
            Decision taken = decision.parts().get(i);
            if (taken.limit().equals(claim.limit()) && (taken == decision || taken.takeRefund())) {
                refund(claim, taken, now);
            }
        }
    }

    /** Nothing if the bucket is gone, being full again, was reset since, or counts by other numbers now. */
    private void refund(Claim claim, Decision taken, long now) {
        LimitCells cells = cells(claim);
        Cell known = cells.find(claim.key());
        while (known != null && known.limit().equals(claim.limit())) {
            Cell cell = cells.cell(claim.key(), claim.limit(), now);
            long state = cell.lock();
            if (state != Cell.RETIRED) {
                long after = state;
                try {
                    // Under the lock, which a reset takes as well: else it might empty the bucket after we have looked.
                    if (!cells.isForgotten(claim.key(), taken)) {
                        after = cell.giveBack(state, now, taken);
                    }
                } finally {
                    cell.unlock(after);
                }
                return;
            }
            known = cells.find(claim.key());
        }
    }

    @Override
    public Decision peek(Claim claim) {
        long now = time.nanoTime();
        return claim.aboveLimit() ? costAboveLimit(claim, now) : peek(claim, claim.cost(), now);
    }

    private Decision peek(Claim claim, long cost, long now) {
        Claim asked = new Claim(claim.name(), claim.limit(), claim.key(), cost, claim.maxWaitNanos());
        while (true) {
            LimitCells cells = cells(claim);
            if (cells.find(claim.key()) == null) {
                return Decision.allowed(
                                claim.name().shown(),
                                claim.limit(),
                                cost,
                                claim.limit().burst(),
                                0,
                                0,
                                now,
                                0)
                        .notToBeRefunded();
            }
            Cell cell = cells.cell(claim.key(), claim.limit(), now);
            long state = cell.lock();
            if (state != Cell.RETIRED) {
                try {
                    long at = cell.earliest(state, now, cost);
                    return cell.fits(asked, now, at)
                            ? cell.allowed(asked, state, state, now, at).notToBeRefunded()
                            : cell.denied(asked, state, now, at);
                } finally {
                    cell.unlock(state);
                }
            }
        }
    }

    @Override
    public void giveBack(Claim claim) {
        long cost = Math.min(claim.cost(), claim.limit().burst());
        cells(claim).giveBack(claim.key(), claim.limit(), cost, time.nanoTime());
    }

    @Override
    public void reset(LimitName name, @Nullable String key) {
        LimitCells cells = limits.get(name);
        if (cells != null) {
            cells.reset(key, time.nanoTime());
        }
    }

    /** Forgets all that was taken from any bucket: for tests, which are to begin with full limits. */
    public void clear() {
        long now = time.nanoTime();
        limits.values().forEach(cells -> cells.clear(now));
    }

    @Override
    public Claim claim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
        return new MemoryClaim(cells(name), name, limit, key, cost, maxWaitNanos);
    }

    private Cell cell(Claim claim, long now) {
        return claim instanceof MemoryClaim known ? known.cell(now) : lookUp(claim, now);
    }

    Cell lookUp(Claim claim, long now) {
        if (claim instanceof MemoryClaim known) {
            return known.lookUp(now);
        }
        return cells(claim).cell(claim.key(), claim.limit(), now);
    }

    /** Whether the claim's bucket is in that cell now, which it may share. */
    boolean isIn(Cell cell, Claim claim) {
        Cell found = cells(claim).find(claim.key());
        return found != null && found.isSame(cell);
    }

    private LimitCells cells(Claim claim) {
        return claim instanceof MemoryClaim known ? known.cells : cells(claim.name());
    }

    private LimitCells cells(LimitName name) {
        LimitCells cells = limits.get(name);
        return cells != null ? cells : limits.computeIfAbsent(name, unknown -> new LimitCells(time, hash, room, sweep));
    }
}
