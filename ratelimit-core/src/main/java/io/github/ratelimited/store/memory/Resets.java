package io.github.ratelimited.store.memory;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * When buckets of a limit were reset, since what they gave before is not to be given back. The last {@value #MOST} are
 * known each by itself; an earlier one speaks for all buckets of the limit, of which too little may then be given back,
 * never too much.
 */
final class Resets {

    static final int MOST = 1_000;

    /** In the order of their resets. */
    private final Map<@Nullable String, Long> moments = new LinkedHashMap<>();

    private volatile boolean any;
    private boolean dropped;
    private long lastDropped;

    synchronized void add(@Nullable String key, long now) {
        moments.remove(key);
        moments.put(key, now);
        if (moments.size() > MOST) {
            Iterator<Long> eldest = moments.values().iterator();
            lastDropped = eldest.next();
            dropped = true;
            eldest.remove();
        }
        any = true;
    }

    /** All buckets are reset. */
    synchronized void addAll(long now) {
        moments.clear(); // else the eldest of them would put an earlier moment in the place of this one
        lastDropped = now;
        dropped = true;
        any = true;
    }

    /** Whether the bucket was, or may have been, reset after that moment. */
    boolean since(@Nullable String key, long moment) {
        return any && known(key, moment);
    }

    private synchronized boolean known(@Nullable String key, long moment) {
        Long reset = moments.get(key);
        return (reset != null && reset - moment > 0) || (dropped && lastDropped - moment > 0);
    }
}
