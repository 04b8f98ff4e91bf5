package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/** One trip to the remote store, and those it is made for. */
final class Trip {

    private static final AtomicIntegerFieldUpdater<Trip> STATE =
            AtomicIntegerFieldUpdater.newUpdater(Trip.class, "state");

    /** Being sent; a store may answer before it has returned. */
    private static final int LEAVING = 0;

    private static final int UNDER_WAY = 1;
    private static final int OVER = 2;

    private final TripLine line;
    private final LimiterStore remote;
    private final List<Caller> callers;

    @SuppressWarnings("unused") // by STATE
    private volatile int state;

    private List<Decision> decisions = List.of();
    private @Nullable Throwable failure;

    /** The one after it, if both were over before anybody was told. */
    @Nullable
    Trip next;

    Trip(TripLine line, LimiterStore remote, List<Caller> callers) {
        this.line = line;
        this.remote = remote;
        this.callers = callers;
    }

    /** Sends it. True if it is over already; if not, whoever brings the answer goes on with the line. */
    boolean isOverAtOnce() {
        try {
            if (callers.size() == 1) {
                remote.acquireAsync(callers.get(0).request())
                        .whenComplete((decision, failed) -> over(Collections.singletonList(decision), failed));
            } else {
                List<AcquireRequest> requests = new ArrayList<>(callers.size());
                for (Caller caller : callers) {
                    requests.add(caller.request());
                }
                remote.acquireAll(Collections.unmodifiableList(requests)).whenComplete(this::over);
            }
        } catch (RuntimeException | Error failed) {
            over(List.of(), failed);
        }
        return !STATE.compareAndSet(this, LEAVING, UNDER_WAY);
    }

    private void over(List<Decision> answer, @Nullable Throwable failed) {
        if (failed != null) {
            failure = cause(failed);
        } else {
            try {
                decisions = List.copyOf(answer);
                if (decisions.size() != callers.size()) {
                    failure = new IllegalStateException(
                            "the store gave " + decisions.size() + " answers to " + callers.size() + " requests");
                }
            } catch (RuntimeException noAnswer) {
                failure = noAnswer;
            }
        }
        if (!STATE.compareAndSet(this, LEAVING, OVER)) {
            line.goOnAfter(this);
        }
    }

    /**
     * Tells the callers; gives back what was granted to those who have given up meanwhile, last first: a turn on which
     * another stands cannot be given back.
     */
    void tell() {
        Deque<Integer> givenUp = new ArrayDeque<>(0);
        for (int i = 0; i < callers.size(); i++) {
            Caller caller = callers.get(i);
            if (failure != null) {
                caller.completeExceptionally(failure);
            } else if (!caller.complete(decisions.get(i))) {
                givenUp.push(i);
            }
        }
        for (int i : givenUp) {
            giveBack(remote, callers.get(i).request(), decisions.get(i));
        }
    }

    static void giveBack(LimiterStore remote, AcquireRequest request, Decision decision) {
        if (decision.allowed()) {
            try {
                remote.refund(request, decision);
            } catch (RuntimeException lost) {
                // Nobody is there to be told, others wait to be, and the permit comes back with time.
            }
        }
    }

    static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
