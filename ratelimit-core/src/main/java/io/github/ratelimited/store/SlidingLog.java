package io.github.ratelimited.store;

import io.github.ratelimited.Limit;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The exact sliding window: a log of what was taken when, oldest first.
 *
 * <pre>
 * allowed at t  if  t is not before the last entry  and  the entries in (t - period, t] + cost &lt;= permits
 * </pre>
 *
 * Calls that wait are entered at the moment for which they are reserved, so entries may lie ahead of the clock. Not
 * safe for concurrent use; its keeper locks. Times are nanoseconds, compared by subtraction.
 */
public final class SlidingLog {

    private static final int SMALLEST = 4;

    /** That are reserved ahead when a limit changes, each with an entry of its own. */
    private static final int MOST_WINDOWS = 1_000;

    private final Limit limit;
    private final long permits;
    private final long period;

    private long[] times = new long[SMALLEST];
    private long[] costs = new long[SMALLEST];
    private int head;
    private int size;
    private long sum;

    /** Entries before this one cannot matter to a new request any more; {@code recentSum} is the cost of the others. */
    private int recent;

    private long recentSum;

    /** An empty log. */
    public SlidingLog(Limit limit) {
        this.limit = limit;
        this.permits = limit.permits();
        this.period = limit.period().toNanos();
    }

    /** When {@code cost} permits can be had, at the earliest: {@code now} or later. */
    public long earliest(long now, long cost) {
        forget(now);
        long at = size > 0 && time(size - 1) - now > 0 ? time(size - 1) : now;
        while (recent < size && at - time(recent) >= period) {
            recentSum -= cost(recent++);
        }
        long taken = recentSum;
        for (int i = recent; taken + cost > permits; i++) {
            taken -= cost(i);
            at = later(at, time(i) + period);
        }
        return at;
    }

    /** Enters {@code cost} permits at {@code at}, not before {@link #earliest}. */
    public void take(long at, long cost) {
        if (size > 0 && time(size - 1) == at) {
            costs[index(size - 1)] += cost;
        } else {
            ensureRoom();
            times[index(size)] = at;
            costs[index(size)] = cost;
            size++;
        }
        sum += cost;
        recentSum += cost;
    }

    /** Takes {@code cost} permits that were entered at {@code at} out again, if they are still remembered. */
    public void giveBack(long at, long cost) {
        int i = find(at);
        if (i < 0) {
            return;
        }
        takeOut(i, cost);
        forgetNothings();
    }

    /** Takes up to {@code cost} permits out again, the latest first, but none that are reserved; returns how many. */
    public long giveBackLatest(long now, long cost) {
        forget(now);
        long left = cost;
        for (int i = size - 1; i >= 0 && left > 0; i--) {
            if (time(i) - now <= 0) {
                left -= takeOut(i, left);
            }
        }
        forgetNothings();
        return cost - left;
    }

    private long takeOut(int i, long cost) {
        long back = Math.min(cost, cost(i));
        costs[index(i)] -= back;
        sum -= back;
        if (i >= recent) {
            recentSum -= back;
        }
        return back;
    }

    /** At the end, where entries say when the next call may come. */
    private void forgetNothings() {
        while (size > 0 && cost(size - 1) == 0) {
            size--;
        }
        recent = Math.min(recent, size);
        while (size > 0 && recent > 0 && time(size - 1) - time(recent - 1) < period) {
            recentSum += cost(--recent);
        }
    }

    /** Permits in the log: those of the last period and those reserved ahead. */
    public long consumed(long now) {
        forget(now);
        return sum;
    }

    /** How many entries there are. */
    public int entries() {
        return size;
    }

    /** When the oldest entry is forgotten; there is one. */
    public long oldestEnds() {
        return time(0) + period;
    }

    /** Nanoseconds until the log is empty. */
    public long nanosToFull(long now) {
        forget(now);
        return size == 0 ? 0 : time(size - 1) + period - now;
    }

    /**
     * A log that has {@code taken} permits in it, as many at {@code now} as a window holds and the rest later. Of very many
     * windows those that nobody can come before any more are entered together.
     */
    public static SlidingLog consumed(Limit limit, long taken, long now) {
        SlidingLog log = new SlidingLog(limit);
        long windows = Math.min((taken - 1) / log.permits + 1, Long.MAX_VALUE / 2 / log.period);
        long left = taken;
        for (long window = 0; left > 0 && window < windows; window++) {
            long together = window == MOST_WINDOWS ? Math.max(1, windows - 1 - window) : 1;
            window += together - 1;
            long here = Math.min(left, together * log.permits);
            log.take(now + window * log.period, here);
            left -= here;
        }
        return log;
    }

    /** A log of its own with the same entries, each in proportion to another limit, rounded up together. */
    public SlidingLog copy(Limit to) {
        SlidingLog copy = new SlidingLog(to);
        long before = 0;
        long costs = 0;
        for (int i = 0; i < size; i++) {
            costs += cost(i);
            long after = Proportion.scaled(costs, limit, to);
            if (after > before) {
                copy.take(time(i), after - before);
            }
            before = after;
        }
        return copy;
    }

    /**
     * A log of one entry that lets nobody through before this one does, however long this one is; maybe up to a period later.
     * It is a nanosecond after the last entry of this one, so that what was taken from this one is never given back to it.
     */
    public SlidingLog together() {
        SlidingLog together = new SlidingLog(limit);
        if (sum > 0) {
            together.take(time(size - 1) + 1, Math.min(permits, sum));
        }
        return together;
    }

    /** The log as a store keeps it elsewhere: time and cost of each entry, 16 bytes, oldest first. */
    public byte[] toBytes() {
        squeeze();
        ByteBuffer bytes = ByteBuffer.allocate(size * 2 * Long.BYTES);
        for (int i = 0; i < size; i++) {
            bytes.putLong(time(i)).putLong(cost(i));
        }
        return bytes.array();
    }

    /**
     * The log of {@link #toBytes}.
     *
     * @throws IllegalArgumentException if these bytes are of no log
     */
    public static SlidingLog of(Limit limit, byte[] bytes) {
        if (bytes.length % (2 * Long.BYTES) != 0) {
            throw new IllegalArgumentException(bytes.length + " bytes are no whole number of entries");
        }
        SlidingLog log = new SlidingLog(limit);
        for (ByteBuffer entries = ByteBuffer.wrap(bytes); entries.hasRemaining(); ) {
            long time = entries.getLong();
            long cost = entries.getLong();
            if (cost < 0 || cost > Long.MAX_VALUE - log.sum || (log.size > 0 && time < log.time(log.size - 1))) {
                throw new IllegalArgumentException(
                        "an entry has an impossible cost, or is older than the one before it");
            }
            log.take(time, cost);
        }
        return log;
    }

    private void forget(long now) {
        while (size > 0 && now - time(0) >= period) {
            sum -= cost(0);
            if (recent > 0) {
                recent--;
            } else {
                recentSum -= cost(0);
            }
            head = head + 1 == times.length ? 0 : head + 1;
            size--;
        }
        if (size == 0 && times.length > 4 * SMALLEST) {
            times = new long[SMALLEST];
            costs = new long[SMALLEST];
            head = 0;
        }
    }

    private int find(long at) {
        int low = 0;
        int high = size - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long difference = time(middle) - at;
            if (difference == 0) {
                return middle;
            }
            if (difference < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    /** What was given back leaves entries of nothing, which would else stay for a period, however many they are. */
    private void squeeze() {
        int kept = 0;
        int keptBefore = 0;
        for (int i = 0; i < size; i++) {
            keptBefore = i == recent ? kept : keptBefore;
            if (cost(i) > 0) {
                times[index(kept)] = time(i);
                costs[index(kept)] = cost(i);
                kept++;
            }
        }
        recent = recent == size ? kept : keptBefore;
        size = kept;
    }

    private void ensureRoom() {
        if (size == times.length) {
            squeeze();
            if (size > times.length / 2) {
                long[] longerTimes = unrolled(times);
                long[] longerCosts = unrolled(costs); // both, before one is put in place: memory may end here
                times = longerTimes;
                costs = longerCosts;
                head = 0;
            }
        }
    }

    private long[] unrolled(long[] ring) {
        long[] longer = Arrays.copyOfRange(ring, head, head + 2 * ring.length);
        System.arraycopy(ring, 0, longer, ring.length - head, head);
        return longer;
    }

    private long time(int i) {
        return times[index(i)];
    }

    private long cost(int i) {
        return costs[index(i)];
    }

    private int index(int i) {
        int at = head + i;
        return at >= times.length ? at - times.length : at;
    }

    private static long later(long a, long b) {
        return a - b > 0 ? a : b;
    }
}
