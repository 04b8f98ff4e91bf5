package io.github.ratelimited.store.memory;

import io.github.ratelimited.TimeSource;
import java.lang.ref.WeakReference;
import java.util.Collection;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Walks round all slots of all tables, a few at a time, and drops the cells that have refilled: some steps for each new key, so that
 * old ones make room at the pace at which new ones come, and a part of the round each second while there are keys at
 * all, so that the last ones go too.
 */
final class Sweep {

    /** Of the slots of a table half are a key's or more, unless many have gone at once. */
    private static final int STEPS_PER_NEW_KEY = 4;

    /** That one caller pays for. */
    private static final int MOST_NEW_KEYS = 256;

    /** By the timer, which may let somebody go after that whose turn has come meanwhile. */
    private static final int STEPS_AT_ONCE = 4_000;

    private static final int STEPS_PER_KEY = 4;
    private static final int TICKS_PER_ROUND = 64;
    private static final long TICK_NANOS = 1_000_000_000L;
    private static final long LONGEST_PAUSE_NANOS = 60 * TICK_NANOS;

    private final Collection<LimitCells> limits;
    private final TimeSource time;
    private final Room room;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicInteger owed = new AtomicInteger();
    private final AtomicBoolean ticking = new AtomicBoolean();

    private volatile long pause = TICK_NANOS;

    /** Rounds ended since a key came or went: one more gives back the memory of tables that were emptied behind it. */
    private volatile int roundsSinceLast;

    private Iterator<LimitCells> round;
    private @Nullable LimitCells current;
    private KeyedCells.@Nullable Round cells;

    Sweep(Collection<LimitCells> limits, TimeSource time, Room room) {
        this.limits = limits;
        this.time = time;
        this.room = room;
        this.round = limits.iterator();
    }

    /** A key has come; its steps are made by {@link #pay}, when no cell is being decided on. */
    void owe() {
        owed.incrementAndGet();
    }

    /** Makes the steps that are owed, unless somebody else is at it. */
    void pay(long now) {
        if (owed.get() == 0 || !lock.tryLock()) {
            return;
        }
        try {
            roundsSinceLast = 0;
            int paid = Math.min(owed.get(), MOST_NEW_KEYS);
            owed.addAndGet(-paid);
            steps(paid * STEPS_PER_NEW_KEY, now);
        } finally {
            lock.unlock();
        }
        pause = TICK_NANOS;
        if (ticking.compareAndSet(false, true)) {
            schedule(Sweep::tick, pause);
        }
    }

    /** Comes less and less often while nothing refills. */
    private void tick() {
        pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
        go(STEPS_AT_ONCE + room.keys() * STEPS_PER_KEY / TICKS_PER_ROUND);
    }

    /** Makes so many steps, or those that are left of the round. */
    private void go(long count) {
        boolean more = false;
        try {
            more = goOn((int) Math.min(count, STEPS_AT_ONCE)) && count > STEPS_AT_ONCE;
        } finally {
            ticking.set(more); // a tick that fails must not be the last one
        }
        if (more) {
            schedule(sweep -> sweep.go(count - STEPS_AT_ONCE), 0);
        } else if ((room.keys() > 0 || roundsSinceLast < 2) && ticking.compareAndSet(false, true)) {
            schedule(Sweep::tick, pause);
        }
    }

    /** Whether there is more to do in this round. */
    private boolean goOn(int count) {
        if (!lock.tryLock()) {
            return true; // somebody else is at it
        }
        try {
            if (steps(count, time.nanoTime())) {
                pause = TICK_NANOS;
            }
            return cells != null;
        } finally {
            lock.unlock();
        }
    }

    /** The timer must not keep a store alive that nobody else holds. */
    private void schedule(Consumer<Sweep> task, long nanos) {
        WeakReference<Sweep> self = new WeakReference<>(this);
        boolean scheduled = false;
        try {
            time.schedule(
                    () -> {
                        Sweep sweep = self.get();
                        if (sweep != null) {
                            task.accept(sweep);
                        }
                    },
                    nanos);
            scheduled = true;
        } finally {
            if (!scheduled) {
                ticking.set(false);
            }
        }
    }

    /** Looks at some slots, under the lock; whether one of them went. */
    private boolean steps(int count, long now) {
        boolean gone = false;
        for (int i = 0; i < count && hasNext(); i++) {
            gone |= step(now);
        }
        return gone;
    }

    /** Whether there is a next slot in this round; if not, the next call begins another. */
    private boolean hasNext() {
        while (cells == null || !cells.hasNext()) {
            if (!round.hasNext()) {
                round = limits.iterator();
                cells = null;
                roundsSinceLast = Math.min(2, roundsSinceLast + 1);
                return false;
            }
            current = round.next();
            cells = current.round();
        }
        return true;
    }

    private boolean step(long now) {
        if (cells == null || current == null) {
            return false;
        }
        Cell next = cells.next(now);
        boolean gone = next != null && current.expire(cells.id(), next, now);
        if (gone) {
            cells.gone();
            roundsSinceLast = 0;
        }
        return gone;
    }
}
