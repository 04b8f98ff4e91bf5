package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.TimeSource;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Gives those who wait other turns when a store begins to decide otherwise. What was reserved for them goes back first, so
 * that nobody is let through by a turn that no longer holds; then all are asked for anew, in order of arrival, for the rest
 * of the time that they want to wait. Of whom that cannot be is denied.
 *
 * <p>A turn that was asked for before a change and comes after it is known by its epoch, and asked for once more.
 */
final class TurnRenewal {

    private static final Logger log = System.getLogger(TurnRenewal.class.getName());

    private static final long RETRY_NANOS = 1_000_000_000L;

    private final LimiterStore store;
    private final BiConsumer<AcquireRequest, Decision> refund;
    private final TimeSource time;
    private final Collection<WaitingLine> lines;
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicLong epoch = new AtomicLong();
    private final Queue<Runnable> untold = new ConcurrentLinkedQueue<>();
    private volatile UnaryOperator<Claim> inForce = UnaryOperator.identity();

    /**
     * Of the lines before a store.
     *
     * @param store asked without being listened to: those who wait have been told of
     * @param refund gives a turn back to it
     */
    TurnRenewal(
            LimiterStore store,
            BiConsumer<AcquireRequest, Decision> refund,
            TimeSource time,
            Collection<WaitingLine> lines) {
        this.store = store;
        this.refund = refund;
        this.time = time;
        this.lines = lines;
    }

    /** Makes of a claim the one that would be made now. */
    void renewBy(UnaryOperator<Claim> inForce) {
        this.inForce = inForce;
    }

    /** Goes up with each change; to be read before the store is asked. */
    long epoch() {
        return epoch.get();
    }

    boolean isOutdated(long askedIn) {
        return askedIn != epoch.get();
    }

    /** Whether it was made by numbers that were in force before a change. */
    boolean isOutdated(AcquireRequest request) {
        for (Claim claim : request.claims()) {
            if (!inForce.apply(claim).limit().equals(claim.limit())) {
                return true;
            }
        }
        return false;
    }

    /**
     * Makes a change.
     *
     * @param concerns the claims by which those who wait are concerned
     */
    void change(Predicate<Claim> concerns, Runnable change) {
        try {
            locked(() -> giveBack(concerns));
            change.run(); // without the lock: it may wait for a thread that brings somebody here his turn
        } finally {
            locked(() -> {
                epoch.incrementAndGet();
                askAgain(concerns);
            });
            tellAll();
        }
    }

    /** Not by a monitor, which would hold the carrier of a virtual thread that waits here or for a store. */
    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
        } finally {
            lock.unlock();
        }
    }

    /** Who listens is told when no lock is held any more. */
    void tellLater(Runnable telling) {
        untold.add(telling);
    }

    private void tellAll() {
        for (Runnable next = untold.poll(); next != null; next = untold.poll()) {
            next.run();
        }
    }

    /** For who has joined a line with a turn that was asked for before a change. */
    void renew(AcquireRequest request) {
        Predicate<Claim> sameBucket = claim -> request.claims().stream()
                .anyMatch(each -> each.name().equals(claim.name()) && Objects.equals(each.key(), claim.key()));
        locked(() -> askAgain(sameBucket));
        tellAll();
    }

    private List<WaitingLine> concerned(Predicate<Claim> concerns) {
        return lines.stream()
                .filter(line -> line.request().claims().stream().anyMatch(concerns))
                .toList();
    }

    /** Last first: a turn on which another stands cannot be given back. */
    private void giveBack(Predicate<Claim> concerns) {
        concerned(concerns).stream()
                .flatMap(line -> line.takeTurns().stream())
                .sorted(WaitingLine.Turn.LAST_FIRST)
                .forEach(turn -> {
                    try {
                        refund.accept(turn.request, turn.decision);
                    } catch (RuntimeException failure) {
                        log.log(
                                Level.WARNING,
                                "A turn that was reserved before a change could not be given back",
                                failure);
                    }
                });
    }

    /** Those who have come since are asked for as well: they may have been told their turns before the change. */
    private void askAgain(Predicate<Claim> concerns) {
        giveBack(concerns);
        concerned(concerns).stream()
                .flatMap(line -> line.ask().stream())
                .sorted(WaitingLine.Turn.BY_ARRIVAL)
                .forEach(this::ask);
    }

    /** For one place, which has been told that it is asked for. */
    void ask(WaitingLine.Place place) {
        long askedIn = epoch();
        AcquireRequest asked = place.request;
        try {
            AcquireRequest request = place.remaining(time.nanoTime(), inForce);
            asked = request;
            if (store.answersAtOnce()) {
                place.renew(request, store.acquire(request), askedIn);
            } else {
                store.acquireAsync(request).whenComplete((decision, failure) -> {
                    place.renew(request, failure == null ? decision : unavailable(request), askedIn);
                    tellAll();
                });
            }
        } catch (RuntimeException | Error failure) {
            log.log(Level.WARNING, "A limit was changed, and who waited could not be given another turn", failure);
            place.renew(asked, unavailable(asked), askedIn);
        }
    }

    private static Decision unavailable(AcquireRequest request) {
        Claim claim = request.claims().get(0);
        return Decision.storeUnavailable(false, claim.name().shown(), claim.limit(), claim.cost(), RETRY_NANOS);
    }
}
