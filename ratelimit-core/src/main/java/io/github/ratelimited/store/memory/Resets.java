package io.github.ratelimited.store.memory;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * When buckets of a limit were reset, or began to count by other numbers, since what they gave before is not to be given
 * back. The last {@value #MOST} are known each by itself; an earlier one speaks for all buckets of the limit, of which too little may then be given back,
 * never too much.
 */
final class Resets {

    static final int MOST = 1_000;

    /** In the order of their resets. */
    private final Map<@Nullable Fingerprint, Long> moments = new LinkedHashMap<>();

    private volatile boolean any;
    private boolean dropped;
    private long lastDropped;

    /** One who read the clock before another may come after it. */
    synchronized void add(@Nullable Fingerprint id, long now) {
        Long known = moments.remove(id);
        moments.put(id, known != null && known - now > 0 ? known : now);
        if (moments.size() > MOST) {
            Iterator<Long> eldest = moments.values().iterator();
            drop(eldest.next());
            eldest.remove();
        }
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
        lastDropped = dropped && lastDropped - moment > 0 ? lastDropped : moment;
        dropped = true;
    }

    /** Whether the bucket was, or may have been, reset after that moment. */
    boolean since(@Nullable Fingerprint id, long moment) {
        return any && known(id, moment);
    }

    private synchronized boolean known(@Nullable Fingerprint id, long moment) {
        Long reset = moments.get(id);
        return (reset != null && reset - moment > 0) || (dropped && lastDropped - moment > 0);
    }
}
