package io.github.ratelimited.store;

import static io.github.ratelimited.Algorithm.TOKEN_BUCKET;
import static org.assertj.core.api.Assertions.fail;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;

/**
 * Random traffic in batches on a store in another process, which is told the time, beside the models of its limits: each
 * number of each decision has to be the same.
 */
public final class RandomTraffic {

    private static final int BATCH = 8;
    private static final List<Algorithm> ALGORITHMS = List.of(Algorithm.values());

    /** Any limit of that algorithm, its period in whole microseconds. */
    public static Limit limit(SplittableRandom random, Algorithm algorithm) {
        long permits = 1L << random.nextInt(6);
        permits += random.nextLong(permits);
        long micros = switch (random.nextInt(6)) {
            case 0 -> 1_000_000;
            case 1 -> random.nextLong(1, 100);
            case 2 -> random.nextLong(1, 10_000_000);
            case 3 -> Duration.ofMinutes(random.nextLong(1, 60)).toMillis() * 1000;
            case 4 -> Duration.ofDays(1).toMillis() * 1000;
            default -> random.nextLong(1, 1000) * 1000;
        };
        Duration period = Duration.ofNanos(1000 * micros);
        if (algorithm != TOKEN_BUCKET) {
            return Limit.of(permits, period).withAlgorithm(algorithm);
        }
        if (random.nextInt(8) == 0) {
            return Limit.of(999_983, Duration.ofSeconds(1)).withBurst(random.nextLong(1, 1000));
        }
        return Limit.of(permits, period)
                .withBurst(random.nextInt(3) == 0 ? permits : random.nextLong(1, 2 * permits + 2));
    }

    /** Some limits of any algorithm. */
    public static List<Limit> limits(SplittableRandom random) {
        List<Limit> limits = new ArrayList<>();
        for (int n = random.nextInt(2, 5); n > 0; n--) {
            limits.add(limit(random, ALGORITHMS.get(random.nextInt(ALGORITHMS.size()))));
        }
        return limits;
    }

    private final String seed;
    private final SplittableRandom random;
    private final List<Limit> limits;
    private final LimiterStore store;
    private final LongConsumer clock;
    private final long tick;
    private final Map<String, Model> models = new HashMap<>();
    private final boolean keyed;

    private long now;
    private long lastRetry;
    private int decisions;

    /**
     * Traffic on limits without a past.
     *
     * @param seed how a failure can be seen again
     * @param clock is told nanoseconds since the epoch
     * @param tick in how many nanoseconds the store counts time
     */
    public RandomTraffic(
            String seed,
            SplittableRandom random,
            List<Limit> limits,
            LimiterStore store,
            LongConsumer clock,
            long tick) {
        this.seed = seed;
        this.random = random;
        this.limits = limits;
        this.store = store;
        this.clock = clock;
        this.tick = tick;
        this.now = random.nextLong(1, 4_000_000_000_000_000L) * 1000;
        this.keyed = random.nextBoolean();
        clock.accept(now);
    }

    /** So many steps; returns how many decisions were compared. */
    public int play(int steps) {
        for (int step = 0; step < steps; step++) {
            long pause = pause() / tick * tick;
            if (pause > 0) {
                now += pause;
                clock.accept(now);
            }
            int what = random.nextInt(100);
            if (what < 1) {
                reset();
            } else if (what < 4) {
                giveBack();
            } else if (what < 8 && limits.size() == 1) {
                peek();
            } else {
                acquire(what > 70);
            }
        }
        return decisions;
    }

    private long pause() {
        long period = limits.get(random.nextInt(limits.size())).period().toNanos();
        return switch (random.nextInt(9)) {
            case 0, 1, 2 -> 0;
            case 3 -> random.nextLong(3000);
            case 4 -> random.nextLong(1 + period / 10);
            case 5 -> random.nextLong(1 + period);
            case 6 -> lastRetry;
            case 7 -> Math.max(0, lastRetry - tick);
            default -> random.nextLong(1 + 3 * period);
        };
    }

    /** A batch for the same buckets now and then, and for any. */
    private void acquire(boolean refund) {
        List<AcquireRequest> requests = new ArrayList<>();
        AcquireRequest request = new AcquireRequest(claims());
        for (int i = random.nextInt(BATCH); i >= 0; i--) {
            requests.add(request);
            request = random.nextBoolean() ? request : new AcquireRequest(claims());
        }
        List<Decision> answers =
                store.acquireAll(requests).toCompletableFuture().join();
        for (int i = 0; i < answers.size(); i++) {
            boolean undo = refund && i == answers.size() - 1;
            compare(requests.get(i), answers.get(i), undo);
        }
    }

    private List<Claim> claims() {
        List<Claim> claims = new ArrayList<>();
        for (int i = 0; i < limits.size(); i++) {
            if (claims.isEmpty() || random.nextInt(4) > 0) {
                long burst = limits.get(i).burst();
                long cost = random.nextInt(3) > 0 ? 1 : random.nextLong(1, burst + 1);
                claims.add(claim(i, random.nextInt(200) == 0 ? burst + 1 + random.nextLong(5) : cost));
            }
        }
        return claims;
    }

    private Claim claim(int i, long cost) {
        Limit limit = limits.get(i);
        long maxWait = switch (random.nextInt(4)) {
            case 0, 1 -> 0;
            case 2 -> random.nextLong(1 + limit.period().toNanos());
            default -> random.nextLong(1 + 4 * limit.period().toNanos());
        };
        String key = keyed ? "key" + random.nextInt(3) : null;
        LimitName name = LimitName.of("limit" + i);
        return random.nextBoolean()
                ? new Claim(name, limit, key, cost, maxWait)
                : store.claim(name, limit, key, cost, maxWait);
    }

    private Model model(Claim claim) {
        return models.computeIfAbsent(
                claim.name().id() + claim.key(), bucket -> Model.of(claim.limit(), limits.size() == 1, 0));
    }

    /** Rounded up to what the store can tell. */
    private long wait(Claim claim) {
        return (model(claim).earliest(now, claim.cost()) - now + tick - 1) / tick * tick;
    }

    private void reset() {
        Claim claim = claim(0, 1);
        store.reset(claim.name(), claim.key());
        models.remove(claim.name().id() + claim.key());
    }

    private void giveBack() {
        int of = random.nextInt(limits.size());
        long burst = limits.get(of).burst();
        long permits = random.nextInt(8) == 0 ? Long.MAX_VALUE : random.nextLong(1, 2 + burst);
        Claim claim = claim(of, permits);
        store.giveBack(claim);
        model(claim).giveBack(now, Math.min(permits, burst));
    }

    private void peek() {
        Claim claim = claims().get(0);
        Decision peeked = store.peek(claim);
        decisions++;
        if (claim.aboveLimit()) {
            aboveLimit(claim, peeked);
            return;
        }
        long wait = wait(claim);
        boolean fits = wait <= claim.maxWaitNanos() / tick * tick;
        same(claim, peeked, fits, fits ? wait : 0, fits ? 0 : wait);
    }

    private void compare(AcquireRequest request, Decision decision, boolean refund) {
        List<Claim> claims = request.claims();
        decisions++;
        for (Claim claim : claims) {
            if (claim.aboveLimit()) {
                aboveLimit(claim, decision);
                return;
            }
        }
        long[] waits = new long[claims.size()];
        long longest = 0;
        long acceptable = Long.MAX_VALUE;
        for (int i = 0; i < waits.length; i++) {
            waits[i] = wait(claims.get(i));
            longest = Math.max(longest, waits[i]);
            acceptable = Math.min(acceptable, claims.get(i).maxWaitNanos() / tick * tick);
        }
        boolean all = longest <= acceptable;
        if (all) {
            for (Claim claim : claims) {
                model(claim).take(now + longest, claim.cost());
            }
        }
        long retry = 0;
        for (int i = 0; i < waits.length; i++) {
            Claim claim = claims.get(i);
            boolean fits = all || (waits[i] <= acceptable && waits[i] < longest) || waits[i] == 0;
            long wait = all ? longest : waits[i];
            same(claim, decision.parts().get(i), fits, fits ? wait : 0, fits ? 0 : waits[i]);
            retry = fits ? retry : Math.max(retry, waits[i]);
        }
        check("allowed", decision.allowed(), all, claims);
        check("wait", decision.waitNanos(), all ? longest : 0L, claims);
        check("retry", decision.retryAfter(), Duration.ofNanos(retry), claims);
        lastRetry = all ? lastRetry : retry;
        if (all && refund && canBeUndoneExactly(claims, decision)) {
            store.refund(request, decision);
            claims.forEach(claim -> model(claim).undo());
            claims.forEach(store::peek); // it is done in order, but nobody waits for it
        }
    }

    private static boolean canBeUndoneExactly(List<Claim> claims, Decision decision) {
        return claims.size() == 1 || decision.waitNanos() == 0;
    }

    private void aboveLimit(Claim claim, Decision decision) {
        check("reason", decision.reason(), Reason.COST_ABOVE_LIMIT, claim);
        check("retry", decision.retryAfter(), null, claim);
        check("remaining", decision.remaining(), model(claim).remaining(now), claim);
        check("reset", decision.resetAfter(), Duration.ofNanos(model(claim).resetNanos(now)), claim);
    }

    private void same(Claim claim, Decision decision, boolean allowed, long wait, long retry) {
        check("allowed", decision.allowed(), allowed, claim);
        check("reason", decision.reason(), allowed ? Reason.WITHIN_LIMIT : Reason.OVER_LIMIT, claim);
        check("wait", decision.waitTime(), Duration.ofNanos(wait), claim);
        check("retry", decision.retryAfter(), Duration.ofNanos(retry), claim);
        check("remaining", decision.remaining(), model(claim).remaining(now), claim);
        check("reset", decision.resetAfter(), Duration.ofNanos(model(claim).resetNanos(now)), claim);
    }

    private void check(String what, Object actual, Object expected, Object asked) {
        if (!Objects.equals(actual, expected)) {
            fail("%s, decision %d, now %d, limits %s (%s), asked %s: %s is %s, the model says %s"
                    .formatted(seed, decisions, now, limits, limits.get(0).algorithm(), asked, what, actual, expected));
        }
    }
}
