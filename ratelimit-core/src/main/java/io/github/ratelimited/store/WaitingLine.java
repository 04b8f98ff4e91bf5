package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.TimeSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for one and the same request, in order of arrival, and the turns that the store has reserved for them:
 * two queues of equal length, but while turns are asked for anew. Whoever is first in line gets the first turn. Who leaves
 * gives the last turn back, so all behind move up by one; nobody need be told, since turns are handed out from the front.
 *
 * <p>Only the first turn is watched: by the thread at the front if it sleeps until just then, otherwise by one timer.
 * Never empty for long: it closes when the last has gone.
 */
final class WaitingLine {

    private final AcquireRequest request;
    private final Admission admission;
    private final TimeSource time;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Turn> turns = new ArrayDeque<>();

    private @Nullable Place first;
    private @Nullable Place last;
    private int waiting;

    /** Questions under way for those who wait, since their turns have been taken. */
    private int askedFor;

    private boolean closed;
    private @Nullable Future<?> alarm;
    private long alarmAt;

    WaitingLine(AcquireRequest request, Admission admission, TimeSource time) {
        this.request = request;
        this.admission = admission;
        this.time = time;
    }

    /** A reserved turn. Moments are compared by subtraction, since clocks wrap. */
    static class Turn {

        /** Who came first, those of one moment by their turns. */
        static final Comparator<Turn> BY_ARRIVAL =
                (a, b) -> a.since() == b.since() ? Long.signum(a.at - b.at) : Long.signum(a.since() - b.since());

        /** What stands on another comes before it, by the store's clock: its answers may be late, or overtake each other. */
        static final Comparator<Turn> LAST_FIRST = (a, b) -> a.decision.grantedAt() == b.decision.grantedAt()
                ? BY_ARRIVAL.compare(b, a)
                : Long.signum(b.decision.grantedAt() - a.decision.grantedAt());

        final long at;
        final AcquireRequest request;
        final Decision decision;

        Turn(long at, AcquireRequest request, Decision decision) {
            this.at = at;
            this.request = request;
            this.decision = decision;
        }

        /** The moment at which it was reserved. */
        final long since() {
            return at - decision.waitNanos();
        }
    }

    /**
     * A place in line; what changes is guarded by the line's lock, but for the waiter, whom only who has taken the place out of
     * the line tells. It is itself the turn that was reserved for it, which may become another's, or none: of a million who
     * wait each would else be two objects.
     */
    final class Place extends Turn {

        /** {@code null} when it has been told or has left, while the turn may still be another's. */
        private @Nullable Waiter waiter;

        private @Nullable Place before;
        private @Nullable Place after;
        private @Nullable Decision granted;

        private Place(Waiter waiter, long turnAt, AcquireRequest request, Decision decision) {
            super(turnAt, request, decision);
            this.waiter = waiter;
        }

        /** What it wants for the rest of its wait, by what is now in the place of each claim. */
        AcquireRequest remaining(long now, UnaryOperator<Claim> renewed) {
            long waited = Math.max(0, now - since());
            return new AcquireRequest(
                    request.claims().stream()
                            .map(claim -> renewed.apply(claim)
                                    .with(claim.key(), claim.cost(), left(claim.maxWaitNanos(), waited)))
                            .toList(),
                    request.answered());
        }

        private static long left(long maxWaitNanos, long waited) {
            return maxWaitNanos == Long.MAX_VALUE ? maxWaitNanos : Math.max(0, maxWaitNanos - waited);
        }

        /**
         * Takes the answer to what was asked anew for it.
         *
         * @param askedIn the epoch in which that was
         */
        void renew(AcquireRequest asked, Decision decision, long askedIn) {
            WaitingLine.this.renew(this, asked, decision, askedIn);
        }

        /** Gives the place up, if its turn has not come yet; otherwise false. */
        boolean leave() {
            return WaitingLine.this.leave(this);
        }

        /** The decision by which its turn has come; {@code null} while it has not. */
        @Nullable
        Decision granted() {
            lock.lock();
            try {
                return granted;
            } finally {
                lock.unlock();
            }
        }

        private void tell() {
            Decision decision = granted();
            Waiter told = waiter;
            if (decision != null && told != null) {
                waiter = null;
                told.granted(admission, request, decision);
            }
        }

        /** Hands out the turns that are due; returns until when the thread in this place may sleep if it has none. */
        long serve() {
            return WaitingLine.this.serve(this);
        }
    }

    /**
     * Reserves a turn and joins in one step, so that nobody who leaves gives a turn back while a later one is on its way
     * here. {@code null} if the line has closed.
     */
    @Nullable
    Arrival arrive(Waiter waiter, AcquireRequest arriving) {
        lock.lock();
        try {
            if (closed) {
                return null;
            }
            Decision decision = admission.unobserved().acquire(arriving); // who listens is told without the lock
            Place place =
                    decision.waitNanos() == 0 ? null : join(waiter, admission.turnAt(decision), arriving, decision);
            return new Arrival(decision, place);
        } finally {
            lock.unlock();
        }
    }

    /** What became of who arrived; without a place there is nothing to wait for. */
    record Arrival(Decision decision, @Nullable Place place) {}

    /**
     * The place of a newcomer, at the end, but before as many as there are turns after his own: his answer was late, and nobody
     * is to wait longer than was reserved for him. {@code null} if the line has closed.
     */
    @Nullable
    Place join(Waiter waiter, long turnAt, AcquireRequest joining, Decision decision) {
        lock.lock();
        try {
            if (closed) {
                return null;
            }
            Place place = new Place(waiter, turnAt, joining, decision);
            if (waiter instanceof ThreadWaiter sleeper) {
                sleeper.sleepsUntil(turnAt);
            }
            link(place, insert(place));
            boolean watched = false;
            try {
                watch();
                watched = true;
            } finally {
                if (!watched) {
                    leave(place); // nobody would wake it
                }
            }
            return place;
        } finally {
            lock.unlock();
        }
    }

    private boolean leave(Place place) {
        lock.lock();
        try {
            if (!isWaiting(place)) {
                return false;
            }
            remove(place);
            place.waiter = null;
            giveBackSpare();
            watch();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock, so that turns go back last first: none that is given back stands on another. */
    private void giveBackSpare() {
        while (turns.size() > waiting) {
            Turn spare = turns.removeLast();
            admission.refund(spare.request, spare.decision);
        }
    }

    /** Those of who waits without a thread. */
    List<FutureWaiter<?>> futures() {
        List<FutureWaiter<?>> futures = new ArrayList<>();
        lock.lock();
        try {
            for (Place each = first; each != null; each = each.after) {
                if (each.waiter instanceof FutureWaiter<?> future) {
                    futures.add(future);
                }
            }
        } finally {
            lock.unlock();
        }
        return futures;
    }

    AcquireRequest request() {
        return request;
    }

    /** Whether it is for the limit of that name, or for a plan of it. */
    boolean isUnder(LimitName name) {
        for (Claim claim : request.claims()) {
            if (claim.name().isOf(name)) {
                return true;
            }
        }
        return false;
    }

    int waiting() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    /** Takes all turns away, the last one first; who waits keeps his place, and needs another turn. */
    List<Turn> takeTurns() {
        lock.lock();
        try {
            List<Turn> taken = new ArrayList<>(turns.size());
            turns.descendingIterator().forEachRemaining(taken::add);
            turns.clear();
            stopAlarm();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Those who wait, in order of arrival, each of whom is asked for now. */
    List<Place> ask() {
        lock.lock();
        try {
            List<Place> places = new ArrayList<>(waiting);
            for (Place each = first; each != null; each = each.after) {
                places.add(each);
            }
            askedFor += places.size();
            return places;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A turn goes to whoever is first: the place for which it was asked may be gone by now, or have been given another's.
     * So is a denial that of somebody who is left without a turn when all answers are there.
     */
    private void renew(Place place, AcquireRequest asked, Decision decision, long askedIn) {
        if (admission.renewal().isOutdated(askedIn)) {
            if (decision.allowed()) {
                admission.refund(asked, decision);
            }
            admission.renewal().ask(place);
            return;
        }
        Place denied = null;
        lock.lock();
        try {
            askedFor--;
            if (decision.allowed()) {
                insert(new Turn(admission.turnAt(decision), asked, decision));
            }
            giveBackSpare();
            if (turns.size() + askedFor < waiting) {
                denied = isWaiting(place) ? place : last;
                if (denied != null) {
                    denied.granted = decision;
                    remove(denied);
                }
            }
            watch();
        } finally {
            lock.unlock();
        }
        if (denied != null) {
            admission.renewal().tellLater(() -> admission.tell(asked, decision));
            denied.tell();
        }
        serve(null);
    }

    /** Hands out the turns that are due; returns until when the thread in the place {@code own} may sleep after that. */
    private long serve(@Nullable Place own) {
        List<Place> due = List.of();
        long wakesAt = 0;
        lock.lock();
        try {
            long now = time.nanoTime();
            while (first != null && !turns.isEmpty() && turns.getFirst().at - now <= 0) {
                Place next = first;
                next.granted = turns.removeFirst().decision;
                remove(next);
                if (next == own) {
                    next.waiter = null; // is told by what we return
                } else {
                    due = due.isEmpty() ? new ArrayList<>() : due;
                    due.add(next);
                }
            }
            if (own != null && own.granted == null && own.waiter instanceof ThreadWaiter sleeper) {
                wakesAt = own == first && !turns.isEmpty() ? turns.getFirst().at : sleeper.sleepsOn(now);
                sleeper.sleepsUntil(wakesAt); // and no longer until its own turn, should that come back
            }
            watch();
        } finally {
            lock.unlock();
            due.forEach(Place::tell);
        }
        return wakesAt;
    }

    /** Sees to it that somebody wakes at the first turn. */
    private void watch() {
        if (first == null) {
            closed = true;
            admission.closed(request, this);
            stopAlarm();
            return;
        }
        if (turns.isEmpty()) {
            stopAlarm(); // they are being asked for
            return;
        }
        long turnAt = turns.getFirst().at;
        if (first.waiter instanceof ThreadWaiter sleeper && sleeper.wakesAt(turnAt)) {
            stopAlarm();
        } else if (alarm == null || alarmAt != turnAt) {
            Future<?> next = time.schedule(() -> onAlarm(turnAt), Math.max(0, turnAt - time.nanoTime()));
            stopAlarm(); // only now: it is better than none
            alarmAt = turnAt;
            alarm = next;
        }
    }

    private void onAlarm(long at) {
        lock.lock();
        try {
            if (at == alarmAt) { // else another has been set while this one came
                alarm = null;
            }
        } finally {
            lock.unlock();
        }
        serve(null);
    }

    private void stopAlarm() {
        if (alarm != null) {
            alarm.cancel(false);
            alarm = null;
        }
    }

    /** Turns are kept in their order; answers may arrive out of it. Returns how many come after it. */
    private int insert(Turn turn) {
        Deque<Turn> later = new ArrayDeque<>(0);
        while (!turns.isEmpty() && turns.getLast().at - turn.at > 0) {
            later.push(turns.removeLast());
        }
        turns.addLast(turn);
        turns.addAll(later);
        return later.size();
    }

    /** Puts a place before so many others, counted from the end. */
    private void link(Place place, int behind) {
        Place next = null;
        Place prior = last;
        for (int i = 0; i < behind && prior != null; i++) {
            next = prior;
            prior = prior.before;
        }
        place.before = prior;
        place.after = next;
        if (prior == null) {
            first = place;
        } else {
            prior.after = place;
        }
        if (next == null) {
            last = place;
        } else {
            next.before = place;
        }
        waiting++;
    }

    private boolean isWaiting(Place place) {
        return place == first || place.before != null;
    }

    private void remove(Place place) {
        waiting--;
        if (place.before == null) {
            first = place.after;
        } else {
            place.before.after = place.after;
        }
        if (place.after == null) {
            last = place.before;
        } else {
            place.after.before = place.before;
        }
        place.before = null; // a future that is kept must not keep all that came after it
        place.after = null;
    }
}
