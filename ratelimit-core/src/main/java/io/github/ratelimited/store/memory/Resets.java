package io.github.ratelimited.store.memory;

import io.github.ratelimited.Limit;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * When buckets of a limit were reset, since what they gave before is not to be given back. The last {@value #MOST} are
 * known each by itself; an earlier one speaks for all buckets of the limit, of which too little may then be given back,
 * never too much. What was taken by numbers that buckets have left since is not to be given back either, should they count
 * by the same again.
 */
final class Resets {

    static final int MOST = 1_000;
    static final int MOST_LEFT = 16;

    /** In the order of their resets. */
    private final Map<@Nullable Fingerprint, Long> moments = new LinkedHashMap<>();

    /** When a bucket last went from these numbers to others. */
    private final Map<Limit, Long> left = new HashMap<>();

    private volatile boolean any;
    private boolean dropped;
    private long lastDropped;

    /** One who read the clock before another may come after it. */
    synchronized void add(@Nullable Fingerprint id, long now) {
        Long known = moments.remove(id);
        moments.put(id, known == null ? now : later(known, now));
        if (moments.size() > MOST) {
            Iterator<Long> eldest = moments.values().iterator();
            drop(eldest.next());
            eldest.remove();
        }
        any = true;
    }

    /** A bucket counts by other numbers from now on. */
    synchronized void left(Limit limit, long now) {
        if (left.size() >= MOST_LEFT && !left.containsKey(limit)) {
            left.values().forEach(this::drop);
            left.clear();
        }
        left.merge(limit, now, Resets::later);
        any = true;
    }

    /** All buckets are reset. */
    synchronized void addAll(long now) {
        moments.values().forEach(this::drop);
        moments.clear();
        drop(now);
        any = true;
    }

    private void drop(long moment) {
        lastDropped = dropped ? later(lastDropped, moment) : moment;
        dropped = true;
    }

    private static long later(long a, long b) {
        return a - b > 0 ? a : b;
    }

    /** Whether what was taken from the bucket at that moment, by that limit, is or may be forgotten. */
    boolean since(@Nullable Fingerprint id, Limit limit, long moment) {
        return any && known(id, limit, moment);
    }

    private synchronized boolean known(@Nullable Fingerprint id, Limit limit, long moment) {
        return isAfter(moment, moments.get(id))
                || isAfter(moment, left.get(limit))
                || (dropped && isAfter(moment, lastDropped));
    }

    private static boolean isAfter(long moment, @Nullable Long reset) {
        return reset != null && reset - moment > 0;
    }
}
