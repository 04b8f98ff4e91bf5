package io.github.ratelimited.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.Model;
import io.github.ratelimited.store.RandomTraffic;
import io.github.ratelimited.store.StoreUnavailableException;
import io.github.ratelimited.store.UnusableBucketException;
import io.github.ratelimited.store.redis.SharedTrips.Outcome;
import io.github.ratelimited.store.redis.SharedTrips.Question;
import io.github.ratelimited.test.MutableTimeSource;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

class SharedTripsTest {

    /** Who leaves when, whatever is asked. */
    @Nested
    class WhoLeaves {

        private final MutableTimeSource time = new MutableTimeSource();
        private final List<List<Question>> left = new ArrayList<>();
        private final List<CompletableFuture<List<Outcome>>> back = new ArrayList<>();
        private final SharedTrips trips = new SharedTrips(
                questions -> {
                    left.add(questions);
                    CompletableFuture<List<Outcome>> answer = new CompletableFuture<>();
                    back.add(answer);
                    return answer;
                },
                time);

        private CompletableFuture<List<Decision>> ask(int requests) {
            List<List<RedisClaim>> claims = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                claims.add(List.of());
            }
            return trips.ask(claims).toCompletableFuture();
        }

        private void comesBack(int trip) {
            back.get(trip)
                    .complete(left.get(trip).stream()
                            .map(question -> new Outcome(List.of(), null))
                            .toList());
        }

        @Test
        void whoComesWhenItIsCalmLeavesAtOnce() {
            for (int i = 0; i < 5; i++) {
                CompletableFuture<List<Decision>> answer = ask(1);
                assertThat(left).hasSize(i + 1);
                comesBack(i);
                assertThat(answer).isCompletedWithValue(List.of());
            }
        }

        @Test
        void whoComesMeanwhileLeavesWithTheNext() {
            ask(1);
            ask(1);
            List<CompletableFuture<List<Decision>>> later = List.of(ask(1), ask(3), ask(1));
            assertThat(left).hasSize(SharedTrips.UNDER_WAY);
            comesBack(1);
            assertThat(left).hasSize(3);
            assertThat(left.get(2)).hasSize(3);
            assertThat(later).noneMatch(CompletableFuture::isDone);
            comesBack(2);
            assertThat(later).allMatch(CompletableFuture::isDone);
        }

        @Test
        void nobodyWaitsForLong() {
            ask(1);
            ask(1);
            ask(1);
            time.advance(Duration.ofNanos(SharedTrips.PATIENCE - 1));
            ask(1);
            assertThat(left).hasSize(2);
            time.advance(Duration.ofNanos(1));
            ask(1);
            assertThat(left).hasSize(3);
            assertThat(left.get(2)).hasSize(3);
        }

        @Test
        void notEvenIfNobodyElseComes() {
            ask(1);
            ask(1);
            ask(1);
            time.advance(Duration.ofNanos(SharedTrips.LONGEST - 1));
            assertThat(left).hasSize(2);
            time.advance(Duration.ofNanos(1));
            assertThat(left).hasSize(3);
        }

        @Test
        void aTripIsNotForAll() {
            ask(1);
            ask(1);
            for (int i = 0; i < 5; i++) {
                ask(SharedTrips.MOST / 2);
            }
            comesBack(0);
            assertThat(left.get(2)).hasSize(2);
            comesBack(1);
            assertThat(left.get(3)).hasSize(2);
        }

        @Test
        void aTripThatFailsFailsForItsOwnAndOthersLeave() {
            CompletableFuture<List<Decision>> first = ask(1);
            ask(1);
            CompletableFuture<List<Decision>> third = ask(1);
            back.get(0).completeExceptionally(new CompletionException(new StoreUnavailableException("gone", null)));
            assertThat(first).isCompletedExceptionally();
            assertThat(first.handle((value, failure) -> failure).join()).isInstanceOf(StoreUnavailableException.class);
            assertThat(left).hasSize(3);
            comesBack(2);
            assertThat(third).isCompletedWithValue(List.of());
        }

        @Test
        void aTripThatCannotBeMadeFailsAtOnce() {
            SharedTrips impossible = new SharedTrips(
                    questions -> {
                        throw new IllegalStateException("closed");
                    },
                    time);
            for (int i = 0; i < 5; i++) {
                assertThat(impossible.ask(List.of(List.of())).toCompletableFuture())
                        .isCompletedExceptionally();
            }
        }
    }

    /** What a server makes of many questions in one call. */
    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class OnAServer {

        private static final long SEED = Long.getLong("ratelimit.seed", System.nanoTime());
        private static final int BUCKETS = 20;
        private static final int STEPS = 300;
        private static final String PREFIX = "shared:";
        private static final String CLOCK = "(function() local us = tonumber(redis.call('GET', 'clock'))"
                + " return {math.floor(us / 1000000), us % 1000000} end)()";

        private final LocalRedis redis = new LocalRedis();
        private final RedisLimiterStore store =
                new RedisLimiterStore(redis.connection(), PREFIX, CLOCK, Duration.ofMinutes(10));

        @AfterAll
        void stop() {
            redis.close();
        }

        private void tell(long now) {
            redis.connection()
                    .ask(server -> server.set("clock", Long.toString(now / 1000).getBytes(StandardCharsets.US_ASCII)))
                    .toCompletableFuture()
                    .join();
        }

        private long calls() {
            return redis.commands()
                    .info("commandstats")
                    .lines()
                    .filter(line -> line.startsWith("cmdstat_eval"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll(".*calls=(\\d+).*", "$1")))
                    .sum();
        }

        private List<AcquireRequest> requests(SplittableRandom random, LimitName name, Limit limit) {
            List<AcquireRequest> requests = new ArrayList<>();
            Claim claim = null;
            for (int i = random.nextInt(4); i >= 0; i--) {
                if (claim == null || random.nextBoolean()) {
                    long cost = random.nextInt(3) > 0 ? 1 : random.nextLong(1, limit.burst() + 1);
                    long wait = random.nextBoolean()
                            ? 0
                            : random.nextLong(1 + 2 * limit.period().toNanos());
                    claim = store.claim(name, limit, null, cost, wait);
                }
                requests.add(AcquireRequest.of(claim));
            }
            return requests;
        }

        @Test
        void eachBucketDecidesAsItsModel() {
            System.out.println("SharedTripsTest: -Dratelimit.seed=" + SEED);
            SplittableRandom random = new SplittableRandom(SEED);
            Map<LimitName, Limit> limits = new HashMap<>();
            Map<LimitName, Model> models = new HashMap<>();
            for (int i = 0; i < BUCKETS; i++) {
                Algorithm algorithm = i % 2 == 0
                        ? Algorithm.TOKEN_BUCKET
                        : i % 4 == 1 ? Algorithm.SLIDING_WINDOW : Algorithm.FIXED_WINDOW;
                Limit limit = RandomTraffic.limit(random, algorithm);
                limits.put(LimitName.of("limit" + i), limit);
                models.put(LimitName.of("limit" + i), Model.of(limit, true, 0));
            }
            redis.commands().set(PREFIX + "{foreign}", "somebody else's");
            redis.commands().zadd(PREFIX + "{odd}", -1, "somebody else's");
            List<AcquireRequest> foreign = Stream.of("foreign", "odd")
                    .map(name -> AcquireRequest.of(
                            store.claim(LimitName.of(name), Limit.of(1, Duration.ofDays(1)), null, 1, 0)))
                    .toList();
            long now = 1_700_000_000_000_000_000L;
            long before = calls();
            for (int step = 0; step < STEPS; step++) {
                Limit any = limits.get(LimitName.of("limit" + random.nextInt(BUCKETS)));
                now += random.nextLong(1 + any.period().toNanos() / 1000) * 1000;
                tell(now);
                Map<LimitName, List<AcquireRequest>> asked = new HashMap<>();
                Map<LimitName, CompletionStage<List<Decision>>> answers = new HashMap<>();
                limits.forEach((name, limit) -> asked.put(name, requests(random, name, limit)));
                asked.forEach((name, requests) -> answers.put(name, store.acquireAll(requests)));
                List<CompletionStage<Decision>> unusable =
                        foreign.stream().map(store::acquireAsync).toList();
                for (LimitName name : asked.keySet()) {
                    List<Decision> decisions =
                            answers.get(name).toCompletableFuture().join();
                    for (int i = 0; i < decisions.size(); i++) {
                        compare(
                                models.get(name),
                                asked.get(name).get(i).claims().get(0),
                                decisions.get(i),
                                now,
                                "step " + step + ", decision " + i + " of " + name + ", " + limits.get(name));
                    }
                }
                for (CompletionStage<Decision> each : unusable) {
                    assertThat(each.handle((decision, failure) -> RedisConnection.unwrapped(failure))
                                    .toCompletableFuture()
                                    .join())
                            .isInstanceOf(UnusableBucketException.class);
                }
            }
            assertThat(calls() - before).isLessThan((BUCKETS + 1) * STEPS / 2);
        }

        private void compare(Model model, Claim claim, Decision decision, long now, String what) {
            long wait = (model.earliest(now, claim.cost()) - now + 999) / 1000 * 1000;
            boolean allowed = wait <= claim.maxWaitNanos() / 1000 * 1000;
            if (allowed) {
                model.take(now + wait, claim.cost());
            }
            assertThat(decision.allowed()).as(what).isEqualTo(allowed);
            assertThat(decision.waitNanos()).as(what).isEqualTo(allowed ? wait : 0);
            assertThat(decision.retryAfter()).as(what).isEqualTo(Duration.ofNanos(allowed ? 0 : wait));
            assertThat(decision.remaining()).as(what).isEqualTo(model.remaining(now));
            assertThat(decision.resetAfter()).as(what).isEqualTo(Duration.ofNanos(model.resetNanos(now)));
        }
    }
}
