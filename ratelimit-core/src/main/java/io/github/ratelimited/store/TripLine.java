package io.github.ratelimited.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Those who share the next trip for the same buckets, while one is under way. Joining is one compare-and-set; all else
 * is done by whoever brings the answer of the trip, of whom there is one at a time.
 */
final class TripLine {

    /**
     * After so many trips in a row that were over as soon as sent, the thread takes those who have joined by then and no
     * others: a store that answers in its caller's own thread must not keep the first caller for ever. A store that does
     * not is never that fast so often, and only then could later callers overtake.
     */
    static final int PATIENCE = 64;

    private static final Object CLOSED = new Object();

    private final Buckets buckets;
    private final LimiterStore remote;
    private final ConcurrentMap<Buckets, TripLine> lines;

    /** The last to have joined, linked to the one before; {@code null} = nobody, or {@link #CLOSED}. */
    private final AtomicReference<@Nullable Object> joined = new AtomicReference<>();

    /** Those taken from there, first come first; more than one trip can take. */
    private @Nullable Caller first;

    private @Nullable Caller last;

    TripLine(Buckets buckets, LimiterStore remote, ConcurrentMap<Buckets, TripLine> lines) {
        this.buckets = buckets;
        this.remote = remote;
        this.lines = lines;
    }

    /** The first trip, at once and alone. */
    void leaveWith(Caller caller) {
        Trip trip = new Trip(this, remote, List.of(caller));
        if (trip.isOverAtOnce()) {
            goOnAfter(trip);
        }
    }

    /** Whether the caller will go by the next trip; false if there is none any more. */
    boolean join(Caller caller) {
        while (true) {
            Object newest = joined.get();
            if (newest == CLOSED) {
                return false;
            }
            caller.next = (Caller) newest;
            if (joined.compareAndSet(newest, caller)) {
                return true;
            }
        }
    }

    /**
     * Sends trips until one is under way or nobody waits, and only then tells the callers of those that are over: what
     * they do next may be to wait for this very line.
     */
    void goOnAfter(Trip over) {
        Trip latest = over;
        int atOnce = 0;
        for (Trip next = next(false); next != null && next.isOverAtOnce(); next = next(++atOnce >= PATIENCE)) {
            latest.next = next;
            latest = next;
        }
        for (Trip trip = over; trip != null; trip = trip.next) {
            trip.tell();
        }
    }

    private @Nullable Trip next(boolean closing) {
        while (collect(closing)) {
            List<Caller> batch = batch();
            if (!batch.isEmpty()) {
                return new Trip(this, remote, batch);
            }
        }
        return null;
    }

    /** Takes those who have joined. False if nobody waits, and the line is closed. */
    private boolean collect(boolean closing) {
        if (joined.get() != CLOSED) {
            if (closing) {
                append((Caller) joined.getAndSet(CLOSED));
                lines.remove(buckets, this);
            } else if (first == null && joined.compareAndSet(null, CLOSED)) {
                lines.remove(buckets, this);
            } else {
                append((Caller) joined.getAndSet(null));
            }
        }
        return first != null;
    }

    private void append(@Nullable Caller newest) {
        Caller oldest = null;
        for (Caller caller = newest; caller != null; ) {
            Caller older = caller.next;
            caller.next = oldest;
            oldest = caller;
            caller = older;
        }
        if (last == null) {
            first = oldest;
        } else {
            last.next = oldest;
        }
        if (newest != null) {
            last = newest;
        }
    }

    /** The next ones in line without those who have given up. */
    private List<Caller> batch() {
        List<Caller> batch = new ArrayList<>();
        while (first != null && batch.size() < MergingStore.MAX_BATCH) {
            Caller caller = first;
            first = caller.next;
            caller.next = null;
            if (!caller.isDone()) {
                batch.add(caller);
            }
        }
        if (first == null) {
            last = null;
        }
        return batch;
    }
}
