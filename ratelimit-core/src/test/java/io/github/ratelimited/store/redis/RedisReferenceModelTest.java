package io.github.ratelimited.store.redis;

import static io.github.ratelimited.Algorithm.TOKEN_BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.Model;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The scripts in a real server against the model of the rules, over random traffic in batches: each number of each
 * decision has to be the same. The server is told the time by the test.
 */
class RedisReferenceModelTest {

    private static final long SEED = Long.getLong("ratelimit.seed", System.nanoTime());
    private static final List<Algorithm> ALGORITHMS = List.of(Algorithm.values());
    private static final int EPISODES = 60;
    private static final int STEPS = 300;
    private static final int BATCH = 8;
    /** Longer than the test, since keys expire by the real clock. */
    private static final Duration KEPT = Duration.ofMinutes(10);

    private static final String CLOCK = "(function() local us = tonumber(redis.call('GET', 'clock'))"
            + " return {math.floor(us / 1000000), us % 1000000} end)()";

    private static final AtomicInteger EPISODES_PLAYED = new AtomicInteger();

    private static LocalRedis redis;

    @BeforeAll
    static void start() {
        System.out.println("RedisReferenceModelTest: -Dratelimit.seed=" + SEED);
        redis = new LocalRedis();
        useBothScriptsOnce();
    }

    /** A refund is not waited for; the first one, whose script the server does not know yet, could be overtaken. */
    private static void useBothScriptsOnce() {
        RedisLimiterStore store = new RedisLimiterStore(redis.connection(), "first:");
        Claim claim = store.claim(LimitName.of("limit"), Limit.of(1, Duration.ofDays(1)), null, 1, 0);
        AcquireRequest request = AcquireRequest.of(claim);
        store.refund(request, store.acquire(request));
        while (store.peek(claim).remaining() == 0) {
            Thread.onSpinWait();
        }
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @ParameterizedTest
    @EnumSource
    void oneLimitDecidesAsItsModel(Algorithm algorithm) {
        long decisions = 0;
        for (int i = 0; i < EPISODES; i++) {
            SplittableRandom random = new SplittableRandom(SEED + 31L * i);
            decisions += new Episode(random, i, List.of(limit(random, algorithm))).play();
        }
        assertThat(decisions).isGreaterThan(50_000);
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
            decisions += new Episode(random, i, limits).play();
        }
        assertThat(decisions).isGreaterThan(50_000);
    }

    private static Limit limit(SplittableRandom random, Algorithm algorithm) {
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

    /** A store and its models, from a moment on, with traffic. Times are nanoseconds that are whole microseconds. */
    private static final class Episode {

        private final SplittableRandom random;
        private final int number;
        private final List<Limit> limits;
        private final RedisLimiterStore store;
        private final Map<String, Model> models = new HashMap<>();
        private final boolean keyed;

        private long now;
        private long lastRetry;
        private int decisions;

        Episode(SplittableRandom random, int number, List<Limit> limits) {
            this.random = random;
            this.number = number;
            this.limits = limits;
            this.now = random.nextLong(1, 4_000_000_000_000_000L) * 1000;
            this.store = new RedisLimiterStore(
                    redis.connection(), "episode" + EPISODES_PLAYED.incrementAndGet() + ":", CLOCK, KEPT);
            this.keyed = random.nextBoolean();
            tell();
        }

        private void tell() {
            redis.connection()
                    .ask(server -> server.set("clock", Long.toString(now / 1000).getBytes(StandardCharsets.US_ASCII)));
        }

        int play() {
            for (int step = 0; step < STEPS; step++) {
                long pause = pause() / 1000 * 1000;
                if (pause > 0) {
                    now += pause;
                    tell();
                }
                int what = random.nextInt(100);
                if (what < 1) {
                    reset();
                } else if (what < 5 && limits.size() == 1) {
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
                case 7 -> Math.max(0, lastRetry - 1000);
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

        /** Rounded up to what the server's clock can show. */
        private long wait(Claim claim) {
            return (model(claim).earliest(now, claim.cost()) - now + 999) / 1000 * 1000;
        }

        private void reset() {
            Claim claim = claim(0, 1);
            store.reset(claim.name(), claim.key());
            models.remove(claim.name().id() + claim.key());
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
            boolean fits = wait <= claim.maxWaitNanos() / 1000 * 1000;
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
                acceptable = Math.min(acceptable, claims.get(i).maxWaitNanos() / 1000 * 1000);
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

        /** A reservation moves up to a whole microsecond; where more than a permit refills in one, that much is lost. */
        private static boolean canBeUndoneExactly(List<Claim> claims, Decision decision) {
            if (decision.waitNanos() == 0) {
                return true;
            }
            Limit limit = claims.get(0).limit();
            boolean whole = limit.algorithm() != TOKEN_BUCKET
                    || (claims.get(0).cost() < limit.burst()
                            && limit.permits() <= limit.period().toNanos() / 1000);
            return claims.size() == 1 && whole;
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
                fail(
                        "-Dratelimit.seed=%d, episode %d, decision %d, now %d, limits %s (%s), asked %s: %s is %s, the model says %s"
                                .formatted(
                                        SEED,
                                        number,
                                        decisions,
                                        now,
                                        limits,
                                        limits.get(0).algorithm(),
                                        asked,
                                        what,
                                        actual,
                                        expected));
            }
        }
    }
}
