package io.github.ratelimited.store.memory;

import static io.github.ratelimited.Algorithm.TOKEN_BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Figure;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.Model;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The store against a model of the rules, over random traffic: each number of each decision has to be the same. */
class ReferenceModelTest {

    private static final long SEED = Long.getLong("ratelimit.seed", System.nanoTime());
    private static final List<Algorithm> ALGORITHMS = List.of(Algorithm.values());
    private static final int EPISODES = 520;
    private static final int STEPS = 2_000;

    /** What the limit with the most ticks to a nanosecond, 999,983 per second, can reserve ahead. */
    private static final long LONGEST_WAIT = Duration.ofMinutes(35).toNanos();

    private static final long YEAR = Duration.ofDays(365).toNanos();

    @BeforeAll
    static void printTheSeed() {
        System.out.println("ReferenceModelTest: -Dratelimit.seed=" + SEED);
    }

    @ParameterizedTest
    @EnumSource
    void oneLimitDecidesAsItsModel(Algorithm algorithm) {
        long decisions = 0;
        for (int i = 0; i < EPISODES; i++) {
            SplittableRandom random = new SplittableRandom(SEED + 31L * i);
            decisions += new Episode(random, i, List.of(limit(random, algorithm))).play(STEPS);
        }
        Figure.add("decisions compared", decisions);
        assertThat(decisions).isGreaterThan(1_000_000);
    }

    @Test
    void severalLimitsDecideAsTheirModelsAllOrNothing() {
        long decisions = 0;
        for (int i = 0; i < EPISODES; i++) {
            SplittableRandom random = new SplittableRandom(SEED - 31L * i);
            List<Limit> limits = new ArrayList<>();
            for (int n = random.nextInt(2, 5); n > 0; n--) {
                limits.add(limit(random, ALGORITHMS.get(random.nextInt(ALGORITHMS.size()))));
            }
            decisions += new Episode(random, i, limits).play(STEPS);
        }
        Figure.add("decisions compared", decisions);
        assertThat(decisions).isGreaterThan(1_000_000);
    }

    /** One whose permit is a whole number of ticks, so that no rounding is allowed at all. */
    private static Limit limit(SplittableRandom random, Algorithm algorithm) {
        long permits = 1L << random.nextInt(6);
        permits += random.nextLong(permits);
        Duration period = switch (random.nextInt(6)) {
            case 0 -> Duration.ofSeconds(1);
            case 1 -> Duration.ofNanos(random.nextLong(1, 100));
            case 2 -> Duration.ofNanos(random.nextLong(1, 10_000_000_000L));
            case 3 -> Duration.ofMinutes(random.nextLong(1, 60));
            case 4 -> Duration.ofDays(1);
            default -> Duration.ofMillis(random.nextLong(1, 1000));
        };
        if (algorithm != TOKEN_BUCKET) {
            return Limit.of(permits, period).withAlgorithm(algorithm);
        }
        if (random.nextInt(8) == 0) {
            return Limit.of(999_983, Duration.ofSeconds(1)).withBurst(random.nextLong(1, 1000));
        }
        return Limit.of(permits, period)
                .withBurst(random.nextInt(3) == 0 ? permits : random.nextLong(1, 2 * permits + 2));
    }

    /** A store and its models, from a moment on, with traffic. */
    private static final class Episode {

        private static final long[] STARTS = {
            0, -1, 1_234_567, -5_000_000_000L, Long.MAX_VALUE - 1_000_000, Long.MIN_VALUE
        };

        private final SplittableRandom random;
        private final int number;
        private final List<Limit> limits;
        private final long epochMinusNow;
        private final JumpingClock clock;
        private final MemoryLimiterStore store;
        private final Map<String, Model> models = new HashMap<>();
        private final boolean keyed;

        private long lastRetry;
        private int decisions;

        Episode(SplittableRandom random, int number, List<Limit> limits) {
            this.random = random;
            this.number = number;
            this.limits = limits;
            long start = random.nextBoolean() ? STARTS[random.nextInt(STARTS.length)] : random.nextLong();
            long epoch = random.nextLong(-YEAR, 60 * YEAR);
            this.epochMinusNow = epoch - start;
            this.clock = new JumpingClock(start, epoch);
            this.store = new MemoryLimiterStore(clock, 1_000);
            this.keyed = random.nextBoolean();
        }

        int play(int steps) {
            for (int step = 0; step < steps; step++) {
                clock.jump(pause());
                int what = random.nextInt(100);
                if (what < 1) {
                    reset();
                } else if (what < 3) {
                    giveBack();
                } else if (what < 12 && limits.size() == 1) {
                    peek();
                } else {
                    acquire(step, what > 90);
                }
            }
            return decisions;
        }

        private long pause() {
            long period = limits.get(random.nextInt(limits.size())).period().toNanos();
            return switch (random.nextInt(9)) {
                case 0, 1, 2 -> 0;
                case 3 -> random.nextLong(3);
                case 4 -> random.nextLong(1 + period / 10);
                case 5 -> random.nextLong(1 + period);
                case 6 -> lastRetry;
                case 7 -> Math.max(0, lastRetry - 1);
                default ->
                    random.nextInt(50) == 0
                            ? random.nextLong(YEAR / 100)
                            : random.nextLong(1 + Math.min(3 * period, YEAR));
            };
        }

        private List<Claim> claims() {
            List<Claim> claims = new ArrayList<>();
            for (int i = 0; i < limits.size(); i++) {
                if (claims.isEmpty() || random.nextInt(4) > 0) {
                    long cost = random.nextInt(3) > 0
                            ? 1
                            : random.nextLong(1, limits.get(i).burst() + 1);
                    cost = random.nextInt(200) == 0 ? limits.get(i).burst() + 1 + random.nextLong(5) : cost;
                    claims.add(claim(i, cost));
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
            maxWait = Math.min(maxWait, LONGEST_WAIT);
            String key = keyed ? "key" + random.nextInt(3) : null;
            LimitName name = LimitName.of("limit" + i);
            return random.nextBoolean()
                    ? new Claim(name, limit, key, cost, maxWait)
                    : store.claim(name, limit, key, cost, maxWait);
        }

        private Model model(Claim claim) {
            return models.computeIfAbsent(
                    claim.name().id() + claim.key(),
                    bucket -> Model.of(claim.limit(), limits.size() == 1, epochMinusNow));
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
            model(claim).giveBack(clock.nanoTime(), Math.min(permits, burst));
        }

        private void peek() {
            Claim claim = claims().get(0);
            Decision peeked = store.peek(claim);
            decisions++;
            if (claim.aboveLimit()) {
                aboveLimit(claim, peeked);
                return;
            }
            long now = clock.nanoTime();
            long wait = model(claim).earliest(now, claim.cost()) - now;
            boolean fits = wait <= claim.maxWaitNanos();
            same(claim, peeked, fits, fits ? wait : 0, fits ? 0 : wait);
        }

        private void acquire(int step, boolean refund) {
            AcquireRequest request = new AcquireRequest(claims());
            List<Claim> claims = request.claims();
            long now = clock.nanoTime();
            if (claims.size() == 1 && claims.get(0).maxWaitNanos() == 0 && step % 3 == 0) {
                tryAcquire(claims.get(0));
                return;
            }
            Decision decision = store.acquire(request);
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
                waits[i] = model(claims.get(i)).earliest(now, claims.get(i).cost()) - now;
                longest = Math.max(longest, waits[i]);
                acceptable = Math.min(acceptable, claims.get(i).maxWaitNanos());
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
            }
        }

        private void tryAcquire(Claim claim) {
            boolean allowed = store.tryAcquire(claim);
            long now = clock.nanoTime();
            boolean expected = !claim.aboveLimit() && model(claim).earliest(now, claim.cost()) == now;
            decisions++;
            check("allowed", allowed, expected, claim);
            if (expected) {
                model(claim).take(now, claim.cost());
            }
        }

        /** A reservation moves up to a whole nanosecond; where more than a permit refills in one, that much is lost. */
        private boolean canBeUndoneExactly(List<Claim> claims, Decision decision) {
            if (decision.waitNanos() == 0) {
                return true;
            }
            Limit limit = claims.get(0).limit();
            boolean whole = limit.algorithm() != TOKEN_BUCKET
                    || (claims.get(0).cost() < limit.burst()
                            && limit.permits() <= limit.period().toNanos());
            return claims.size() == 1 && whole;
        }

        private void aboveLimit(Claim claim, Decision decision) {
            long now = clock.nanoTime();
            check("reason", decision.reason(), Reason.COST_ABOVE_LIMIT, claim);
            check("retry", decision.retryAfter(), null, claim);
            check("remaining", decision.remaining(), model(claim).remaining(now), claim);
            check("reset", decision.resetAfter(), Duration.ofNanos(model(claim).resetNanos(now)), claim);
        }

        private void same(Claim claim, Decision decision, boolean allowed, long wait, long retry) {
            long now = clock.nanoTime();
            check("allowed", decision.allowed(), allowed, claim);
            check("reason", decision.reason(), allowed ? Reason.WITHIN_LIMIT : Reason.OVER_LIMIT, claim);
            check("wait", decision.waitTime(), Duration.ofNanos(wait), claim);
            check("retry", decision.retryAfter(), Duration.ofNanos(retry), claim);
            check("remaining", decision.remaining(), model(claim).remaining(now), claim);
            check("reset", decision.resetAfter(), Duration.ofNanos(model(claim).resetNanos(now)), claim);
        }

        private void check(String what, Object actual, Object expected, Object asked) {
            if (!Objects.equals(actual, expected)) {
                fail("-Dratelimit.seed=%d, episode %d, decision %d, limits %s, asked %s: %s is %s, the model says %s"
                        .formatted(SEED, number, decisions, limits, asked, what, actual, expected));
            }
        }
    }
}
