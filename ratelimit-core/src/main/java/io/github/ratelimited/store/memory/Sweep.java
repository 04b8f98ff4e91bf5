package io.github.ratelimited.store.memory;

import io.github.ratelimited.TimeSource;
import java.lang.ref.WeakReference;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Walks round all keys, a few at a time, and drops the cells that have refilled: some steps for each new key, so that
 * old ones make room at the pace at which new ones come, and a part of the round each second while there are keys at
 * all, so that the last ones go too.
 */
final class Sweep {

    private static final int STEPS_PER_NEW_KEY = 4;
    private static final int STEPS_PER_TICK = 1_000;
    private static final int TICKS_PER_ROUND = 16;
    private static final long TICK_NANOS = 1_000_000_000L;

    private final Collection<LimitCells> limits;
    private final TimeSource time;
    private final Room room;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicBoolean ticking = new AtomicBoolean();

    private Iterator<LimitCells> round;
    private @Nullable LimitCells current;
    private @Nullable Iterator<Map.Entry<String, Cell>> cells;

    Sweep(Collection<LimitCells> limits, TimeSource time, Room room) {
        this.limits = limits;
        this.time = time;
        this.room = room;
        this.round = limits.iterator();
    }

    /** A key is about to come. */
    void onNewKey(long now) {
        steps(STEPS_PER_NEW_KEY, now);
        if (ticking.compareAndSet(false, true)) {
            scheduleTick();
        }
    }

    private void tick() {
        long now = time.nanoTime();
        steps(STEPS_PER_TICK + (int) Math.min(room.keys() / TICKS_PER_ROUND, Integer.MAX_VALUE / 2), now);
        ticking.set(false);
        if (room.keys() > 0 && ticking.compareAndSet(false, true)) {
            scheduleTick();
        }
    }

    /** The timer must not keep a store alive that nobody else holds. */
    private void scheduleTick() {
        WeakReference<Sweep> self = new WeakReference<>(this);
        Future<?> unused = time.schedule(
                () -> {
                    Sweep sweep = self.get();
                    if (sweep != null) {
                        sweep.tick();
                    }
                },
                TICK_NANOS);
    }

    private void steps(int count, long now) {
        if (!lock.tryLock()) {
            return;
        }
        try {
            for (int i = 0; i < count && step(now); i++) {
                // each step looks at one key
            }
        } finally {
            lock.unlock();
        }
    }

    /** Looks at the next key; false at the end of a round. */
    private boolean step(long now) {
        while (cells == null || !cells.hasNext()) {
            if (!round.hasNext()) {
                round = limits.iterator();
                cells = null;
                return false;
            }
            current = round.next();
            cells = current.keyed().entrySet().iterator();
        }
        Map.Entry<String, Cell> next = cells.next();
        if (current != null) {
            current.expire(next.getKey(), next.getValue(), now);
        }
        return true;
    }
}
