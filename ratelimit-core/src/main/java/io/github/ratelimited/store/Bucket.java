package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One bucket as it is at one moment, in the hands of one thread: for stores that read a state, decide and write it, in
 * such a way that nobody else does so in between. Knows all algorithms and what becomes of a state when a limit changes;
 * knows no clock. Times are nanoseconds since the epoch, by the clock of the place where the states are.
 */
public final class Bucket {

    /** Of a sliding window, 16 bytes each; when so much is reserved ahead, who comes has to go away. */
    public static final int MOST_ENTRIES = 60_000;

    /**
     * What there is to keep of a bucket, until it is full again: then it means no more than none.
     *
     * @param limit by whose numbers it is
     * @param since when it began to count by them
     * @param moment as of when it is
     * @param level how full a {@link Drain} is; of a sliding window 0
     * @param log the calls of a sliding window, as {@link SlidingLog#toBytes} says; else {@code null}
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record State(Limit limit, long since, long moment, long level, byte @Nullable [] log) {

        /** Whether it means no more than none, at a moment that is not before its own. */
        public boolean isFull(long now) {
            return of(this, limit, now).nanosToFull() == 0;
        }
    }

    private final Limit limit;
    private final long now;
    private final long since;
    private final @Nullable SlidingLog log;
    private final @Nullable CompactAlgorithm algorithm;

    /** The level is a state as seen from there. */
    private final long origin;

    private long level;
    private boolean changed;

    private Bucket(Limit limit, @Nullable CompactAlgorithm algorithm, @Nullable SlidingLog log, long since, long now) {
        this.limit = limit;
        this.now = now;
        this.since = since;
        this.log = log;
        this.algorithm = algorithm;
        this.origin = algorithm == null ? now : algorithm.origin(now, now);
    }

    /** A bucket from which nothing was taken. */
    public static Bucket full(Limit limit, long now) {
        return switch (limit.algorithm()) {
            case SLIDING_WINDOW -> new Bucket(limit, null, new SlidingLog(limit), now, now);
            case TOKEN_BUCKET, FIXED_WINDOW -> new Bucket(limit, CompactAlgorithm.of(limit), null, now, now);
        };
    }

    /**
     * The bucket of a state; if that is by other numbers, the same part of these has been taken.
     *
     * @param limit by which it counts from now on
     * @param now not before the state's own moment, so that a clock that went back gives nothing
     * @throws IllegalArgumentException if it is before that
     * @throws UnusableBucketException if the state's log is none
     */
    public static Bucket of(State state, Limit limit, long now) {
        Bucket bucket = stored(state, now);
        return state.limit().equals(limit) ? bucket : bucket.converted(limit);
    }

    private static Bucket stored(State state, long now) {
        if (now < state.moment()) {
            throw new IllegalArgumentException(
                    "the state is of " + state.moment() + ", after " + now + ": a clock that went back stands still");
        }
        Limit limit = state.limit();
        switch (limit.algorithm()) {
            case SLIDING_WINDOW -> {
                byte[] log = state.log() == null ? new byte[0] : state.log();
                try {
                    return new Bucket(limit, null, SlidingLog.of(limit, log), state.since(), now);
                } catch (IllegalArgumentException e) {
                    throw new UnusableBucketException("it has a log that cannot be read: " + e.getMessage(), e);
                }
            }
            case TOKEN_BUCKET, FIXED_WINDOW -> {
                CompactAlgorithm algorithm = CompactAlgorithm.of(limit);
                Bucket bucket = new Bucket(limit, algorithm, null, state.since(), now);
                bucket.level = algorithm.drain().left(Math.max(0, state.level()), state.moment(), now);
                return bucket;
            }
        }
        throw new IllegalStateException("no such algorithm: " + limit.algorithm());
    }

    private Bucket converted(Limit to) {
        Bucket bucket = full(to, now);
        if (log != null && bucket.log != null) {
            return new Bucket(to, null, log.copy(to), now, now);
        }
        long taken = Proportion.converted(consumed(), limit, to);
        if (bucket.algorithm == null) {
            return new Bucket(to, null, SlidingLog.consumed(to, taken, now), now, now);
        }
        bucket.level = Math.max(0, bucket.algorithm.consume(taken, now - bucket.origin));
        return bucket;
    }

    /**
     * Decides a request: all of its claims are taken for the moment at which the call goes on, the latest that any has to
     * wait for, or none is, and no bucket changes.
     *
     * @param buckets those of the claims, in their order, all as of the same moment
     */
    public static Decision acquire(List<? extends Claim> claims, List<Bucket> buckets) {
        long[] waits = new long[claims.size()];
        long longest = 0;
        long most = Long.MAX_VALUE;
        for (int i = 0; i < waits.length; i++) {
            Claim claim = claims.get(i);
            if (claim.aboveLimit()) {
                return buckets.get(i).costAboveLimit(claim);
            }
            waits[i] = buckets.get(i).waitFor(claim.cost());
            longest = Math.max(longest, waits[i]);
            most = Math.min(most, Math.min(claim.maxWaitNanos(), buckets.get(i).maxWait()));
        }
        boolean fit = longest <= most;
        List<Decision> parts = new ArrayList<>(waits.length);
        for (int i = 0; i < waits.length; i++) {
            Claim claim = claims.get(i);
            Bucket bucket = buckets.get(i);
            if (fit) {
                long before = bucket.take(bucket.now + longest, claim.cost());
                parts.add(bucket.allowed(claim, longest, before));
            } else if (waits[i] == 0 || waits[i] <= most) {
                parts.add(bucket.allowed(claim, waits[i], bucket.level).notToBeRefunded()); // by this one alone
            } else {
                parts.add(bucket.denied(claim, waits[i]));
            }
        }
        return parts.size() == 1 ? parts.get(0) : Decision.ofAll(parts);
    }

    /** What {@link #acquire} would answer to this claim; takes nothing. */
    public Decision peek(Claim claim) {
        if (claim.aboveLimit()) {
            return costAboveLimit(claim);
        }
        long wait = waitFor(claim.cost());
        if (wait > Math.min(claim.maxWaitNanos(), maxWait())) {
            return denied(claim, wait);
        }
        return allowed(claim, wait, level).notToBeRefunded();
    }

    /**
     * Gives back what an allowed decision has taken, as far as it can be; nothing to a bucket that was made, or began to
     * count by other numbers, after that.
     *
     * @param buckets those of the request, in its order, as of now; {@code null} is one that there is no more
     */
    public static void refund(Decision decision, List<? extends @Nullable Bucket> buckets) {
        for (int i = 0; i < buckets.size(); i++) {
            Bucket bucket = buckets.get(i);
            if (bucket != null) {
                bucket.refund(decision.part(i));
            }
        }
    }

    private void refund(Decision taken) {
        long decided = taken.grantedAt() - taken.waitNanos();
        if (decided < since || !taken.limit().equals(limit)) {
            return;
        }
        if (log != null) {
            log.giveBack(taken.grantedAt(), taken.cost());
            changed = true;
        } else if (now - taken.grantedAt() <= algorithm().horizon()) {
            long before = algorithm().drain().seen(taken.before(), decided, now);
            changeTo(algorithm().giveBack(level, now - origin, taken.cost(), before, taken.grantedAt() - origin));
        }
    }

    /** Gives up to {@code permits} back, whoever took them. */
    public void giveBack(long permits) {
        long most = Math.min(permits, limit.burst());
        if (log != null) {
            changed |= log.giveBackLatest(now, most) > 0;
        } else {
            changeTo(algorithm().giveBack(level, now - origin, most));
        }
    }

    private void changeTo(long next) {
        long before = level;
        level = Math.max(0, next);
        changed |= level != before;
    }

    /**
     * Whether anything was taken or came back, so that there is a state to be written. That it is seen by other numbers is
     * no change: they may be those of a request from before the limit was changed.
     */
    public boolean hasChanged() {
        return changed;
    }

    /** What there is to keep now. */
    public State state() {
        return new State(limit, since, now, level, log == null ? null : log.toBytes());
    }

    /** How long it means more than none, if nobody calls again. */
    public long nanosToFull() {
        return log != null ? log.nanosToFull(now) : algorithm().nanosToFull(level, now - origin);
    }

    /** Nanoseconds until {@code cost} can be had. */
    private long waitFor(long cost) {
        if (log == null) {
            long elapsed = now - origin;
            return algorithm().earliest(level, elapsed, cost) - elapsed;
        }
        long earliest = log.earliest(now, cost);
        return (hasNoRoom(log) ? Math.max(earliest, log.oldestEnds()) : earliest) - now;
    }

    private static boolean hasNoRoom(SlidingLog log) {
        return log.entries() >= MOST_ENTRIES;
    }

    /** The longest wait that can be reserved; less than none if nothing can. */
    private long maxWait() {
        if (log == null) {
            return algorithm().maxWait();
        }
        return hasNoRoom(log) ? -1 : Long.MAX_VALUE / 2;
    }

    /** Returns the mark of what was there before. */
    private long take(long at, long cost) {
        long before = level;
        if (log != null) {
            log.take(at, cost);
        } else {
            level = algorithm().take(level, at - origin, cost);
        }
        changed = true;
        return before;
    }

    private Decision allowed(Claim claim, long wait, long before) {
        return Decision.allowed(
                claim.name().shown(), limit, claim.cost(), remaining(), nanosToFull(), wait, now + wait, before);
    }

    private Decision denied(Claim claim, long wait) {
        return Decision.overLimit(claim.name().shown(), limit, claim.cost(), remaining(), wait, nanosToFull());
    }

    private Decision costAboveLimit(Claim claim) {
        return Decision.costAboveLimit(claim.name().shown(), limit, claim.cost(), remaining(), nanosToFull());
    }

    private long remaining() {
        return Math.max(0, limit.burst() - consumed());
    }

    private long consumed() {
        return log != null ? log.consumed(now) : algorithm().consumed(level, now - origin);
    }

    private CompactAlgorithm algorithm() {
        if (algorithm == null) {
            throw new IllegalStateException("a sliding window has a log");
        }
        return algorithm;
    }
}
