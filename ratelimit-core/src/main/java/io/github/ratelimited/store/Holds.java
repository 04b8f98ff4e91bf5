package io.github.ratelimited.store;

import io.github.ratelimited.LimitMode;
import io.github.ratelimited.TimeSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Buckets from which nobody is to take anything before a moment, whatever is in them: those of hosts, say, that want no
 * requests until then. Who cannot wait for that is denied by {@link HeldStore}; who can waits by {@link #leftToWait}. Nothing of a limit that is off. Bounded: when there is no room, what ends first is forgotten.
 */
public final class Holds {

    /** Buckets that are held back at a time. */
    static final int MOST = 10_000;

    private final LimitPolicies policies;
    private final TimeSource time;

    /** Until when, by the clock of {@link #time}. */
    private final Map<Bucket, Long> heldUntil = new ConcurrentHashMap<>();

    private final Set<Runnable> waiting = ConcurrentHashMap.newKeySet();

    /** Of nothing yet, by these modes of limits. */
    public Holds(LimitPolicies policies, TimeSource time) {
        this.policies = policies;
        this.time = time;
    }

    private record Bucket(LimitName name, @Nullable String key) {}

    /** Holds a bucket back for so long from now, unless it is held back for longer. */
    public void hold(LimitName name, @Nullable String key, long nanos) {
        if (policies.of(name).mode() == LimitMode.OFF) {
            return;
        }
        Bucket bucket = new Bucket(name, key);
        if (heldUntil.size() >= MOST && !heldUntil.containsKey(bucket)) {
            makeRoom();
        }
        long until = time.nanoTime() + nanos;
        heldUntil.merge(bucket, until, (known, other) -> known - other > 0 ? known : other);
    }

    private void makeRoom() {
        heldUntil.keySet().forEach(this::left);
        if (heldUntil.size() >= MOST) {
            heldUntil.entrySet().stream()
                    .min((a, b) -> Long.signum(a.getValue() - b.getValue()))
                    .ifPresent(first -> heldUntil.remove(first.getKey(), first.getValue()));
        }
    }

    /** For how much longer it is held back; 0 = it is not. */
    public long left(LimitName name, @Nullable String key) {
        return heldUntil.isEmpty() ? 0 : left(new Bucket(name, key));
    }

    private long left(Bucket bucket) {
        Long until = heldUntil.get(bucket);
        if (until == null) {
            return 0;
        }
        long left = until - time.nanoTime();
        if (left <= 0) {
            heldUntil.remove(bucket, until);
        }
        return Math.max(0, left);
    }

    /** As {@link #left}, for whom that binds: nobody where the limit is not enforced. */
    public long leftToWait(LimitName name, @Nullable String key) {
        return policies.of(name).mode() == LimitMode.ENFORCE ? left(name, key) : 0;
    }

    /** Holds it back no more. */
    public void lift(LimitName name, @Nullable String key) {
        if (heldUntil.remove(new Bucket(name, key)) != null) {
            wake();
        }
    }

    /** Holds nothing back any more: for tests. */
    public void clear() {
        heldUntil.clear();
        wake();
    }

    /** Has who waits for the end of a hold look again, whenever that may have come before its time. */
    public void join(Runnable waiter) {
        waiting.add(waiter);
    }

    /** Who has joined waits no more. */
    public void leave(Runnable waiter) {
        waiting.remove(waiter);
    }

    void wake() {
        waiting.forEach(Runnable::run);
    }
}
