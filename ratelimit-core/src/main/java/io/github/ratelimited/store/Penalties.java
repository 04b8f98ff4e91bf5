package io.github.ratelimited.store;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The keys that were denied lately under limits that have a {@link Penalty}, and those that are shut out. Each process
 * counts the denials that it has seen itself. Bounded: when there is no room, one that is not shut out is forgotten; if
 * all that are looked at are, the newcomer is limited, but not shut out.
 */
public final class Penalties {

    /** The keys that are remembered unless told otherwise. */
    public static final int DEFAULT_MAX_KEYS = 100_000;

    /** How many are looked at to find room for one more. */
    private static final int LOOKED_AT = 16;

    private final LimitPolicies policies;
    private final TimeSource time;
    private final int maxKeys;
    private final Consumer<LimitName> shutOut;
    private final ConcurrentHashMap<Key, Offender> offenders = new ConcurrentHashMap<>();
    private Iterator<Map.Entry<Key, Offender>> next = offenders.entrySet().iterator();

    /**
     * Penalties of nobody yet.
     *
     * @param shutOut is told of each penalty that begins
     */
    public Penalties(LimitPolicies policies, TimeSource time, int maxKeys, Consumer<LimitName> shutOut) {
        this.policies = policies;
        this.time = time;
        this.maxKeys = maxKeys;
        this.shutOut = shutOut;
    }

    private record Key(LimitName name, @Nullable String key) {}

    /** What is known of a key; guarded by itself. */
    private static final class Offender {

        private SlidingLog denials;
        private Penalty penalty;
        private boolean punished;
        private long until;
        private long lasted;

        Offender(Penalty penalty) {
            this.penalty = penalty;
            this.denials = log(penalty);
        }

        private static SlidingLog log(Penalty penalty) {
            return new SlidingLog(
                    new Limit(penalty.after(), penalty.within(), penalty.after(), Algorithm.SLIDING_WINDOW));
        }

        synchronized long left(long now) {
            return punished ? Math.max(0, until - now) : 0;
        }

        /** Whether it is shut out by this denial, as not before. */
        synchronized boolean denied(Penalty by, long now) {
            if (!by.equals(penalty)) {
                penalty = by;
                denials = log(by);
            }
            if (left(now) > 0) {
                return false;
            }
            denials.take(denials.earliest(now, 1), 1);
            if (denials.consumed(now) < by.after()) {
                return false;
            }
            long first = by.duration().toNanos();
            long longest = by.max().toNanos();
            lasted = isRemembered(now) ? Math.min(longest, Math.max(first, 2 * lasted)) : first;
            until = now + lasted;
            punished = true;
            denials = log(by);
            return true;
        }

        /** Whether the last penalty is over for less time than it lasted. */
        private boolean isRemembered(long now) {
            return punished && now - until < lasted;
        }

        synchronized boolean isOver(long now) {
            return !isRemembered(now) && denials.consumed(now) == 0;
        }
    }

    /** Whether any key can be shut out. */
    boolean any() {
        return policies.anyPenalty();
    }

    /** For how long the claim's key is still shut out; 0 = it is not. */
    long left(Claim claim) {
        if (offenders.isEmpty() || policies.of(claim.name()).penalty() == null) {
            return 0;
        }
        Offender offender = offenders.get(new Key(claim.name(), claim.key()));
        return offender == null ? 0 : offender.left(time.nanoTime());
    }

    /** One more denial by the limit itself. */
    void denied(Claim claim) {
        Penalty penalty = policies.of(claim.name()).penalty();
        if (penalty == null) {
            return;
        }
        long now = time.nanoTime();
        Key whose = new Key(claim.name(), claim.key());
        Offender offender = offenders.get(whose);
        if (offender == null) {
            if (!makeRoom(now)) {
                return;
            }
            offender = offenders.computeIfAbsent(whose, unknown -> new Offender(penalty));
        }
        if (offender.denied(penalty, now)) {
            shutOut.accept(claim.name());
        }
    }

    /** Looks at some with each newcomer, so that what is over goes without a timer. */
    private synchronized boolean makeRoom(long now) {
        for (int i = 0; i < LOOKED_AT; i++) {
            if (!next.hasNext()) {
                next = offenders.entrySet().iterator();
                if (!next.hasNext()) {
                    break;
                }
            }
            Map.Entry<Key, Offender> each = next.next();
            boolean full = offenders.size() >= maxKeys;
            if (each.getValue().isOver(now) || (full && each.getValue().left(now) == 0)) {
                offenders.remove(each.getKey(), each.getValue());
            }
        }
        return offenders.size() < maxKeys;
    }

    void forgive(LimitName name, @Nullable String key) {
        offenders.remove(new Key(name, key));
    }

    /** Forgets all denials and whoever is shut out: for tests. */
    public void clear() {
        offenders.clear();
    }

    /** How many keys of a limit and of its plans are shut out now. */
    public long shutOut(LimitName name) {
        long now = time.nanoTime();
        return offenders.entrySet().stream()
                .filter(each ->
                        each.getKey().name().isOf(name) && each.getValue().left(now) > 0)
                .count();
    }
}
