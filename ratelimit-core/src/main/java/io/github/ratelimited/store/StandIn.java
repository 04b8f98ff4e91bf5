package io.github.ratelimited.store;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What is decided of a request while its store gives no answer, as the policies of its limits say. */
final class StandIn {

    private static final long RETRY_NANOS = 1_000_000_000L;

    /**
     * Of one name. Of numbers beyond these nothing is remembered: their shares hold what any call needs, since to forget the
     * costs of some would let more through than their rate.
     */
    static final int MOST_SHARES = 1000;

    private final Function<LimitName, StoreFailurePolicy> policies;
    private final LimiterStore local;
    private final int instances;

    /** By name and by numbers, of which keys may have their own. */
    private final ConcurrentHashMap<LimitName, ConcurrentHashMap<Limit, Share>> shares = new ConcurrentHashMap<>();

    StandIn(Function<LimitName, StoreFailurePolicy> policies, LimiterStore local, int instances) {
        this.policies = policies;
        this.local = local;
        this.instances = instances;
    }

    /**
     * This instance's share of a limit, in which a call of that cost still finds room.
     *
     * @param largestCost of the calls so far: it never falls, since a bucket must not change its numbers with each call
     */
    private record Share(long largestCost, Limit limit) {

        Share larger(Share other) {
            return largestCost >= other.largestCost ? this : other;
        }
    }

    /** Denied if one policy denies; else those that count by themselves decide together. */
    Decision decide(AcquireRequest request) {
        List<Claim> claims = request.claims();
        if (claims.size() == 1) {
            Claim claim = claims.get(0);
            return switch (policyOf(claim)) {
                case ALLOW -> allow(claim);
                case DENY -> deny(claim);
                case LOCAL -> local.acquire(AcquireRequest.of(own(claim))).ofStandIn();
            };
        }
        for (Claim claim : claims) {
            if (policyOf(claim) == StoreFailurePolicy.DENY) {
                return Decision.ofAll(claims.stream()
                        .map(each -> policyOf(each) == StoreFailurePolicy.DENY ? deny(each) : allow(each))
                        .toList());
            }
        }
        return together(claims);
    }

    private Decision together(List<Claim> claims) {
        List<Claim> counted = new ArrayList<>();
        for (Claim claim : claims) {
            if (policyOf(claim) == StoreFailurePolicy.LOCAL) {
                share(claim); // all costs first, so that claims on one limit are made by the same, largest share
                counted.add(claim);
            }
        }
        if (counted.isEmpty()) {
            return Decision.ofAll(claims.stream().map(StandIn::allow).toList());
        }
        counted.replaceAll(this::own);
        Decision decision = local.acquire(new AcquireRequest(counted));
        if (decision.parts().size() != counted.size()) {
            return decision.ofStandIn();
        }
        Iterator<Decision> decided = decision.parts().iterator();
        List<Decision> parts = new ArrayList<>();
        for (Claim claim : claims) {
            parts.add(
                    policyOf(claim) == StoreFailurePolicy.LOCAL
                            ? decided.next().ofStandIn()
                            : allowAt(claim, decision.grantedAt()));
        }
        return Decision.ofAll(parts);
    }

    private StoreFailurePolicy policyOf(Claim claim) {
        return policies.apply(claim.name());
    }

    private static Decision deny(Claim claim) {
        return Decision.storeUnavailable(false, claim.name().shown(), claim.limit(), claim.cost(), RETRY_NANOS);
    }

    private static Decision allow(Claim claim) {
        return Decision.storeUnavailable(true, claim.name().shown(), claim.limit(), claim.cost(), 0)
                .notToBeRefunded();
    }

    /** Beside others that may have to wait for that moment. */
    private static Decision allowAt(Claim claim, long grantedAt) {
        Limit limit = claim.limit();
        return Decision.allowed(claim.name().shown(), limit, claim.cost(), limit.burst(), 0, 0, grantedAt, 0)
                .uncounted()
                .notToBeRefunded();
    }

    /** Whether nobody stood in: the request was just let through. */
    boolean onlyAllows(AcquireRequest request) {
        for (Claim claim : request.claims()) {
            if (policyOf(claim) != StoreFailurePolicy.ALLOW) {
                return false;
            }
        }
        return true;
    }

    Decision peek(Claim claim) {
        return switch (policyOf(claim)) {
            case ALLOW -> allow(claim);
            case DENY -> deny(claim);
            case LOCAL -> local.peek(own(claim)).ofStandIn().notToBeRefunded();
        };
    }

    /** By the numbers by which they were taken. */
    @SuppressWarnings("ReferenceEquality") // a decision on one limit is its own part
    void refund(AcquireRequest request, Decision decision) {
        if (!decision.takeRefund()) {
            return;
        }
        List<Claim> claims = new ArrayList<>();
        List<Decision> taken = new ArrayList<>();
        for (int i = 0; i < request.claims().size(); i++) {
            Claim claim = request.claims().get(i);
            Decision part = decision.parts().get(i);
            if (part == decision || part.takeRefund()) {
                claims.add(local.claim(claim.name(), part.limit(), claim.key(), part.cost(), claim.maxWaitNanos()));
                taken.add(part.ofStandIn()); // a copy that the local store finds not refunded yet
            }
        }
        if (!claims.isEmpty()) {
            local.refund(new AcquireRequest(claims), taken.size() == 1 ? taken.get(0) : Decision.ofAll(taken));
        }
    }

    /** By the numbers by which they were taken: a gift must not make the share larger, as a call of that cost does. */
    void giveBack(Claim claim) {
        Share share = known(claim);
        if (share != null) {
            local.giveBack(local.claim(claim.name(), share.limit, claim.key(), claim.cost(), 0));
        }
    }

    void reset(LimitName name, @Nullable String key) {
        local.reset(name, key);
    }

    private Claim own(Claim claim) {
        return local.claim(claim.name(), share(claim), claim.key(), claim.cost(), claim.maxWaitNanos());
    }

    private Limit share(Claim claim) {
        Share known = known(claim);
        if (known == null || known.largestCost < claim.cost()) {
            known = shares.computeIfAbsent(claim.name(), name -> new ConcurrentHashMap<>())
                    .merge(claim.limit(), share(claim, claim.cost()), Share::larger);
        }
        return known.limit;
    }

    private @Nullable Share known(Claim claim) {
        ConcurrentHashMap<Limit, Share> ofName = shares.get(claim.name());
        if (ofName == null) {
            return null;
        }
        Share known = ofName.get(claim.limit());
        return known == null && ofName.size() >= MOST_SHARES ? share(claim, Long.MAX_VALUE) : known;
    }

    private Share share(Claim claim, long cost) {
        return new Share(cost, share(claim.limit(), cost));
    }

    /**
     * The permits divided by the instances, at least one. A bucket also holds as many as the cost needs, but never more
     * than the whole one, and the rate stays. A window holds no more than its permits, so several periods become one
     * window of as many shares: an expensive call waits longer, but the rate stays, too.
     */
    private Limit share(Limit limit, long cost) {
        long permits = Math.max(1, limit.permits() / instances);
        long needed = Math.min(cost, limit.burst());
        if (limit.algorithm() == Algorithm.TOKEN_BUCKET) {
            long burst = Math.max(needed, Math.max(1, limit.burst() / instances));
            return refills((double) burst / permits, limit.period())
                    ? new Limit(permits, limit.period(), burst, Algorithm.TOKEN_BUCKET)
                    : limit;
        }
        long periods = (needed - 1) / permits + 1;
        return refills((double) periods, limit.period())
                ? Limit.of(
                                Math.min(limit.permits(), permits * periods),
                                limit.period().multipliedBy(periods))
                        .withAlgorithm(limit.algorithm())
                : limit;
    }

    /** Where the share would take longer to refill than a limit can, the whole one stands. */
    private static boolean refills(double periods, Duration period) {
        return periods * period.toNanos() <= Limit.MAX_PERIOD.toNanos();
    }
}
