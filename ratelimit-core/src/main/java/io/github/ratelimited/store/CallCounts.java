package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Counts the calls under each limit by what became of them, since the start. */
public final class CallCounts implements DecisionListener {

    /** What became of a call. */
    public enum Outcome {
        /** It went on at once. */
        ALLOWED,
        /** It went on, or will, when its turn came. */
        WAITED,
        /** It did not take place. */
        DENIED,
        /** It went on, since the limit is in shadow mode; otherwise it would have been denied. */
        SHADOW_DENIED,
        /** It did not take place, and a fallback answered in its place. */
        FALLBACK,
        /** It went on uncounted: the store gave no answer, or the limit is off. */
        BYPASSED
    }

    /** The calls under one limit; of several limits taken together, a denial counts for those that denied. */
    public static final class Counts {

        private final LimitName name;
        private final LongAdder allowed = new LongAdder();
        private final LongAdder waited = new LongAdder();
        private final LongAdder denied = new LongAdder();
        private final LongAdder shadowDenied = new LongAdder();
        private final LongAdder fallback = new LongAdder();
        private final LongAdder bypassed = new LongAdder();

        private Counts(LimitName name) {
            this.name = name;
        }

        private LongAdder counter(Outcome outcome) {
            return switch (outcome) {
                case ALLOWED -> allowed;
                case WAITED -> waited;
                case DENIED -> denied;
                case SHADOW_DENIED -> shadowDenied;
                case FALLBACK -> fallback;
                case BYPASSED -> bypassed;
            };
        }

        /** The limit, or a plan of one. */
        public LimitName name() {
            return name;
        }

        /** How many of them came out like that. */
        public long of(Outcome outcome) {
            return counter(outcome).sum();
        }

        private void add(Decision part, long waitNanos, boolean answered) {
            counter(outcome(part, waitNanos, answered)).increment();
        }

        private static Outcome outcome(Decision part, long waitNanos, boolean answered) {
            if (!part.allowed()) {
                return answered ? Outcome.FALLBACK : Outcome.DENIED;
            }
            if (part.shadowDenied()) {
                return Outcome.SHADOW_DENIED;
            }
            if (!part.counted()) {
                return Outcome.BYPASSED;
            }
            return waitNanos == 0 || part.shadow() ? Outcome.ALLOWED : Outcome.WAITED;
        }
    }

    private final ConcurrentHashMap<LimitName, Counts> limits = new ConcurrentHashMap<>();
    private final Consumer<Counts> begun;

    /** Counts that nobody need be told of. */
    public CallCounts() {
        this(counts -> {});
    }

    /**
     * Counts.
     *
     * @param begun is told once of each limit that begins to be counted
     */
    public CallCounts(Consumer<Counts> begun) {
        this.begun = begun;
    }

    /** Those of a limit or of one of its plans. */
    public Counts of(LimitName name) {
        Counts known = limits.get(name);
        if (known != null) {
            return known;
        }
        Counts made = new Counts(name);
        Counts other = limits.putIfAbsent(name, made);
        if (other != null) {
            return other;
        }
        begun.accept(made);
        return made;
    }

    @Override
    public void decided(AcquireRequest request, Decision decision) {
        List<Claim> claims = request.claims();
        if (claims.size() == 1) {
            Claim claim = claims.get(0);
            of(claim.name()).add(decision.part(0), decision.waitNanos(), isAnswered(claim, decision, request));
            return;
        }
        boolean answered = false;
        for (Claim claim : claims) {
            answered |= isAnswered(claim, decision, request);
        }
        List<Decision> parts = decision.parts();
        for (int i = 0; i < parts.size(); i++) {
            Decision part = parts.get(i);
            Claim claim = parts.size() == claims.size() ? claims.get(i) : claimOf(part, claims);
            if (claim != null && part.allowed() == decision.allowed()) {
                of(claim.name()).add(part, decision.waitNanos(), answered);
            }
        }
    }

    /** Whether it is this limit that denies, and its fallback that answers. */
    private static boolean isAnswered(Claim claim, Decision decision, AcquireRequest request) {
        return !decision.allowed()
                && !request.answered().isEmpty()
                && claim.name().shown().equals(decision.limitName())
                && request.answered().contains(claim.name().limitId());
    }

    /** A store that stops at the first denial tells of no more than that. */
    private static @Nullable Claim claimOf(Decision part, List<Claim> claims) {
        for (Claim claim : claims) {
            if (claim.name().shown().equals(part.limitName())) {
                return claim;
            }
        }
        return null;
    }
}
