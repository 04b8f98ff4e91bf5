package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Merges the callers of one bucket around a remote store. Whoever finds no trip under way for his buckets goes at once,
 * alone; those who come meanwhile share the next trip, in order of arrival. So a busy bucket costs one trip at a time,
 * however many call, and nobody waits for a timer. Buckets are the same if the limits' names, keys and numbers are.
 *
 * <p>Cancelling a future leaves the request out of a trip that has not begun; if it has, what it was granted is given
 * back. The remote store must have a timeout: those who joined a line wait until its trip is over in some way.
 */
public final class MergingStore implements LimiterStore, AutoCloseable {

    /** The most requests of one trip; the others go by the next ones. */
    public static final int MAX_BATCH = 1000;

    private final LimiterStore remote;
    private final ConcurrentHashMap<Buckets, TripLine> lines = new ConcurrentHashMap<>();

    /** Merges the callers of {@code remote}, whose {@link #acquireAll} makes one trip. */
    public MergingStore(LimiterStore remote) {
        this.remote = remote;
    }

    @Override
    public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
        return call(request);
    }

    private Caller call(AcquireRequest request) {
        Caller caller = new Caller(request);
        Buckets buckets = new Buckets(request);
        while (true) {
            TripLine line = lines.get(buckets);
            if (line == null) {
                TripLine opened = new TripLine(buckets, remote, lines);
                line = lines.putIfAbsent(buckets, opened);
                if (line == null) {
                    opened.leaveWith(caller);
                    return caller;
                }
            }
            if (line.join(caller)) {
                return caller;
            }
            lines.remove(buckets, line); // closed, by somebody who has not come to this yet
        }
    }

    /** As {@link #acquireAsync}, waiting for the answer even if interrupted: a permit may be under way. */
    @Override
    public Decision acquire(AcquireRequest request) {
        try {
            return call(request).join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (failed.getCause() instanceof Error cause) {
                throw cause;
            }
            throw failed;
        }
    }

    /** Each joins the line of its own buckets. If one fails all do, and what the others were granted is given back. */
    @Override
    public CompletionStage<List<Decision>> acquireAll(List<AcquireRequest> requests) {
        List<Caller> callers = requests.stream().map(this::call).toList();
        CompletableFuture<List<Decision>> all = new CompletableFuture<>();
        CompletableFuture.allOf(callers.toArray(CompletableFuture<?>[]::new)).whenComplete((done, failure) -> {
            if (failure != null) {
                all.completeExceptionally(Trip.cause(failure));
            } else if (all.complete(
                    callers.stream().map(CompletableFuture::join).toList())) {
                return;
            }
            for (int i = callers.size() - 1; i >= 0; i--) {
                Caller caller = callers.get(i);
                if (!caller.isCompletedExceptionally()) {
                    Trip.giveBack(remote, caller.request(), caller.join());
                }
            }
        });
        all.whenComplete((decisions, failure) -> callers.forEach(caller -> caller.cancel(false)));
        return all;
    }

    @Override
    public void refund(AcquireRequest request, Decision decision) {
        remote.refund(request, decision);
    }

    @Override
    public long turnAt(Decision reserved, TimeSource timeSource) {
        return remote.turnAt(reserved, timeSource);
    }

    @Override
    public Decision peek(Claim claim) {
        return remote.peek(claim);
    }

    @Override
    public CompletionStage<Decision> peekAsync(Claim claim) {
        return remote.peekAsync(claim);
    }

    @Override
    public void giveBack(Claim claim) {
        remote.giveBack(claim);
    }

    @Override
    public void reset(LimitName name, @Nullable String key) {
        remote.reset(name, key);
    }

    @Override
    public Claim claim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
        return remote.claim(name, limit, key, cost, maxWaitNanos);
    }

    /** Closes the remote store, if that can be closed. */
    @Override
    public void close() {
        Closing.close(remote);
    }

    /** How many buckets, or sets of them, a trip is under way for. */
    int lines() {
        return lines.size();
    }
}
