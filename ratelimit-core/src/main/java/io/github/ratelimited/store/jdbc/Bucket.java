package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.CompactAlgorithm;
import io.github.ratelimited.store.Proportion;
import io.github.ratelimited.store.SlidingLog;
import io.github.ratelimited.store.UnusableBucketException;
import org.jspecify.annotations.Nullable;

/** A row as it is at one moment, by the numbers that are in force now. Times are nanoseconds since the epoch. */
final class Bucket {

    /** Of a log: 16 bytes each, within what the column holds. */
    static final int MOST_ENTRIES = 60_000;

    final JdbcLimit numbers;
    final long now;

    /** The level is a state as seen from there. */
    private final long origin;

    private final @Nullable SlidingLog log;
    private long level;

    /** Since when it has counted by these numbers, as far as can be told. */
    private final long since;

    private Bucket(JdbcLimit numbers, long now, long since, long level, @Nullable SlidingLog log) {
        this.numbers = numbers;
        this.now = now;
        this.since = since;
        this.level = level;
        this.log = log;
        this.origin = numbers.algorithm() == null ? now : numbers.algorithm().origin(now, now);
    }

    /** A bucket that drains, at a level. */
    static Bucket at(JdbcLimit numbers, long now, long level) {
        return new Bucket(numbers, now, now, level, null);
    }

    /** A bucket from which nothing was taken. */
    static Bucket full(JdbcLimit numbers, long now) {
        return new Bucket(numbers, now, now, 0, numbers.algorithm() == null ? new SlidingLog(numbers.limit()) : null);
    }

    /**
     * The bucket of a row.
     *
     * @param now not before the row's own moment, so that a clock that went back gives nothing
     * @throws UnusableBucketException if the row is no bucket
     */
    static Bucket open(Row row, JdbcLimit numbers, long now) {
        return row.numbers().equals(numbers.numbers())
                ? stored(row, numbers, now)
                : stored(row, JdbcLimit.parse(row.numbers()), now).converted(numbers);
    }

    private static Bucket stored(Row row, JdbcLimit numbers, long now) {
        if (numbers.algorithm() != null) {
            long level = numbers.drain().left(Math.max(0, row.state()), row.moment(), now);
            return new Bucket(numbers, now, row.birth(), level, null);
        }
        try {
            byte[] log = row.log() == null ? new byte[0] : row.log();
            return new Bucket(numbers, now, row.birth(), 0, SlidingLog.of(numbers.limit(), log));
        } catch (IllegalArgumentException e) {
            throw new UnusableBucketException("its row has a log that cannot be read: " + e.getMessage(), e);
        }
    }

    private Bucket converted(JdbcLimit to) {
        if (log != null && to.algorithm() == null) {
            return new Bucket(to, now, now, 0, log.copy(to.limit()));
        }
        long taken = Proportion.converted(consumed(), numbers.limit(), to.limit());
        if (to.algorithm() == null) {
            return new Bucket(to, now, now, 0, SlidingLog.consumed(to.limit(), taken, now));
        }
        Bucket bucket = full(to, now);
        bucket.level = Math.max(0, to.algorithm().consume(taken, now - bucket.origin));
        return bucket;
    }

    /** The moment, not before {@link #now}, from which {@code cost} can be had. */
    long earliest(long cost) {
        if (log == null) {
            return origin + algorithm().earliest(level, now - origin, cost);
        }
        long earliest = log.earliest(now, cost);
        return isFull(log) ? Math.max(earliest, log.oldestEnds()) : earliest;
    }

    /** Whether those who wait have reserved so much ahead that its row has no room for more. */
    private static boolean isFull(SlidingLog log) {
        return log.entries() >= MOST_ENTRIES;
    }

    /** The longest wait that can be reserved; less than none if nothing can. */
    long maxWait() {
        if (log == null) {
            return algorithm().maxWait();
        }
        return isFull(log) ? -1 : Long.MAX_VALUE / 2;
    }

    /** Takes {@code cost} for that moment; returns the mark of what was there before. */
    long take(long at, long cost) {
        long before = level;
        if (log != null) {
            log.take(at, cost);
        } else {
            level = algorithm().take(level, at - origin, cost);
        }
        return before;
    }

    /**
     * Gives back what a decision has taken, as far as it can be; nothing if the bucket was made, or changed its numbers,
     * after that. Whether anything changed.
     */
    boolean giveBack(Decision taken) {
        long decided = taken.grantedAt() - taken.waitNanos();
        if (decided < since) {
            return false;
        }
        if (log != null) {
            log.giveBack(taken.grantedAt(), taken.cost());
            return true;
        }
        if (now - taken.grantedAt() > algorithm().horizon()) {
            return false;
        }
        long before = numbers.drain().seen(taken.before(), decided, now);
        long after = algorithm().giveBack(level, now - origin, taken.cost(), before, taken.grantedAt() - origin);
        boolean changed = after != level;
        level = Math.max(0, after);
        return changed;
    }

    /** Gives up to {@code cost} back, whoever took it. Whether anything changed. */
    boolean giveBack(long cost) {
        if (log != null) {
            return log.giveBackLatest(now, cost) > 0;
        }
        long before = level;
        level = Math.max(0, algorithm().giveBack(level, now - origin, cost));
        return level != before;
    }

    long consumed() {
        return log != null ? log.consumed(now) : algorithm().consumed(level, now - origin);
    }

    long remaining() {
        return Math.max(0, limit().burst() - consumed());
    }

    long nanosToFull() {
        return log != null ? log.nanosToFull(now) : algorithm().nanosToFull(level, now - origin);
    }

    long level() {
        return level;
    }

    byte @Nullable [] log() {
        return log == null ? null : log.toBytes();
    }

    Limit limit() {
        return numbers.limit();
    }

    private CompactAlgorithm algorithm() {
        if (numbers.algorithm() == null) {
            throw new IllegalStateException("a sliding window has a log");
        }
        return numbers.algorithm();
    }
}
