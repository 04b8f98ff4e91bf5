package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RememberedDenialsTest {

    private static final long SEED = Long.getLong("ratelimit.seed", System.nanoTime());
    private static final LimitName NAME = LimitName.of("a");
    private static final LimitName OTHER = LimitName.of("b");
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration NANO = Duration.ofNanos(1);
    private static final Limit SLOW = Limit.of(2, Duration.ofDays(1));
    private static final Limit FAST = Limit.of(2, Duration.ofMillis(800));

    private final MutableTimeSource time = new MutableTimeSource(-5_000_000_000L);
    private final FakeRemoteStore remote = new FakeRemoteStore(time);
    private final RememberedDenials store = new RememberedDenials(remote, time, 100);

    private static Claim claim(Limit limit, long cost, Duration maxWait) {
        return new Claim(NAME, limit, "ann", cost, maxWait.toNanos());
    }

    private static AcquireRequest request(Limit limit, long cost, Duration maxWait) {
        return AcquireRequest.of(claim(limit, cost, maxWait));
    }

    private static AcquireRequest one(Limit limit) {
        return request(limit, 1, Duration.ZERO);
    }

    /** Takes all permits and gets a denial. */
    private void deny(Limit limit) {
        store.acquire(request(limit, 2, Duration.ZERO));
        assertThat(store.acquire(one(limit)).allowed()).isFalse();
    }

    private int trips() {
        return remote.calls().size();
    }

    @Nested
    class ADenial {

        @Test
        void isRepeatedWithoutATripHoweverTheStoreIsAsked() {
            deny(SLOW);
            int trips = trips();
            assertThat(store.acquire(one(SLOW)).reason()).isEqualTo(Reason.OVER_LIMIT);
            assertThat(store.tryAcquire(claim(SLOW, 1, Duration.ZERO))).isFalse();
            assertThat(store.acquireAsync(one(SLOW))
                            .toCompletableFuture()
                            .join()
                            .allowed())
                    .isFalse();
            assertThat(store.acquireAll(List.of(one(SLOW), one(SLOW)))
                            .toCompletableFuture()
                            .join())
                    .extracting(Decision::allowed)
                    .containsExactly(false, false);
            assertThat(trips()).isEqualTo(trips);
        }

        @Test
        void isLearntHoweverTheStoreIsAsked() {
            store.acquire(request(SLOW, 2, Duration.ZERO));
            store.tryAcquire(claim(SLOW, 1, Duration.ZERO));
            int trips = trips();
            store.acquire(one(SLOW));
            assertThat(trips()).isEqualTo(trips);
            time.advance(SECOND);
            store.acquireAsync(one(SLOW));
            store.acquire(one(SLOW));
            assertThat(trips()).isEqualTo(trips + 1);
            time.advance(SECOND);
            store.acquireAll(List.of(one(SLOW)));
            store.acquire(one(SLOW));
            assertThat(trips()).isEqualTo(trips + 2);
        }

        @Test
        void tellsHowLongItStillIs() {
            deny(FAST);
            time.advance(Duration.ofMillis(100));
            assertThat(store.acquire(one(FAST)).retryAfter()).isEqualTo(Duration.ofMillis(300));
        }

        @Test
        void endsWhenThePermitsCome() {
            deny(FAST);
            int trips = trips();
            time.advance(Duration.ofMillis(400).minus(NANO));
            assertThat(store.acquire(one(FAST)).allowed()).isFalse();
            assertThat(trips()).isEqualTo(trips);
            time.advance(NANO);
            assertThat(store.acquire(one(FAST)).allowed()).isTrue();
        }

        @Test
        void endsForWhoWaitsWhenTheWaitFits() {
            deny(FAST);
            Duration maxWait = Duration.ofMillis(150);
            assertThat(store.acquire(request(FAST, 1, maxWait.minus(NANO))).allowed())
                    .isFalse();
            time.advance(Duration.ofMillis(250));
            assertThat(store.acquire(request(FAST, 1, maxWait.minus(NANO))).allowed())
                    .isFalse();
            assertThat(store.acquire(request(FAST, 1, maxWait)).waitTime()).isEqualTo(maxWait);
        }

        @Test
        void endsAfterASecondSinceOthersMayGivePermitsBack() {
            deny(SLOW);
            remote.elsewhere().reset(NAME, "ann");
            time.advance(SECOND.minus(NANO));
            assertThat(store.acquire(one(SLOW)).allowed()).isFalse();
            time.advance(NANO);
            assertThat(store.acquire(one(SLOW)).allowed()).isTrue();
        }

        @Test
        void countsFromTheMomentItArrives() {
            store.acquire(request(SLOW, 2, Duration.ZERO));
            remote.hold();
            CompletionStage<Decision> slow = store.acquireAsync(one(SLOW));
            time.advance(SECOND);
            remote.letThrough();
            assertThat(slow.toCompletableFuture().join().allowed()).isFalse();
            int trips = trips();
            time.advance(SECOND.minus(NANO));
            store.acquire(one(SLOW));
            assertThat(trips()).isEqualTo(trips);
        }

        @Test
        void ofACostAboveTheLimitIsRememberedForASecond() {
            AcquireRequest hopeless = request(SLOW, 3, Duration.ofNanos(Long.MAX_VALUE));
            store.acquire(hopeless);
            time.advance(SECOND.minus(NANO));
            Decision denied = store.acquire(hopeless);
            assertThat(denied.reason()).isEqualTo(Reason.COST_ABOVE_LIMIT);
            assertThat(denied.retryAfter()).isNull();
            assertThat(trips()).isEqualTo(1);
            time.advance(NANO);
            store.acquire(hopeless);
            assertThat(trips()).isEqualTo(2);
        }

        @Test
        void isNobodyElses() {
            store.acquire(one(SLOW));
            assertThat(store.acquire(request(SLOW, 2, Duration.ZERO)).allowed()).isFalse();
            assertThat(store.acquire(one(SLOW)).allowed()).as("another cost").isTrue();
            assertThat(store.acquire(AcquireRequest.of(new Claim(NAME, SLOW, "bob", 2, 0)))
                            .allowed())
                    .as("another key")
                    .isTrue();
            assertThat(store.acquire(AcquireRequest.of(new Claim(OTHER, SLOW, "ann", 2, 0)))
                            .allowed())
                    .as("another limit")
                    .isTrue();
        }

        @Test
        void endsWhenTheLimitIsReplaced() {
            deny(SLOW);
            assertThat(store.acquire(one(Limit.of(200, Duration.ofDays(1)).withBurst(400)))
                            .reason())
                    .isNotNull();
            int trips = trips();
            store.acquire(one(SLOW));
            assertThat(trips()).isEqualTo(trips + 1);
        }

        @Test
        void outlivesALimitThatWasReplacedByItsEqual() {
            deny(SLOW);
            int trips = trips();
            store.acquire(one(Limit.of(2, Duration.ofDays(1))));
            assertThat(trips()).isEqualTo(trips);
        }

        @Test
        void endsWhenPermitsAreGivenBackHere() {
            Decision taken = store.acquire(request(SLOW, 2, Duration.ZERO));
            store.acquire(one(SLOW));
            store.refund(request(SLOW, 2, Duration.ZERO), taken);
            assertThat(store.acquire(one(SLOW)).allowed()).isTrue();
        }

        @Test
        void outlivesWhatIsGivenBackToAnotherKey() {
            deny(SLOW);
            store.giveBack(new Claim(NAME, SLOW, "bob", 1, 0));
            int trips = trips();
            store.acquire(one(SLOW));
            assertThat(trips()).isEqualTo(trips);
        }

        @Test
        void endsWhenItsBucketIsResetHere() {
            deny(SLOW);
            store.reset(NAME, "ann");
            assertThat(store.acquire(one(SLOW)).allowed()).isTrue();
        }

        @Test
        void endsWhenPermitsOfAnybodyAreGivenBackHere() {
            deny(SLOW);
            store.giveBack(claim(SLOW, 1, Duration.ZERO));
            assertThat(store.acquire(one(SLOW)).allowed()).isTrue();
        }

        @Test
        void thatWasUnderWayDuringAResetIsNotRemembered() {
            store.acquire(request(SLOW, 2, Duration.ZERO));
            remote.hold();
            store.acquireAsync(one(SLOW));
            remote.elsewhere().reset(NAME, "ann");
            remote.letThrough();
            store.reset(NAME, "ann");
            assertThat(store.acquire(one(SLOW)).allowed()).isTrue();
        }

        @Test
        void byAPolicyInsteadOfTheStoreIsNotRemembered() {
            LimiterStore failing = new FailSafeStore(
                    remote,
                    "redis",
                    time,
                    SECOND,
                    name -> StoreFailurePolicy.LOCAL,
                    new MemoryLimiterStore(time, 10),
                    2);
            RememberedDenials remembering = new RememberedDenials(failing, time, 100);
            remote.fail(new IllegalStateException("broken"));
            remembering.acquire(one(SLOW));
            assertThat(remembering.acquire(one(SLOW)).reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
            remote.work();
            assertThat(remembering.acquire(one(SLOW)).allowed()).isTrue();
        }
    }

    @Nested
    class OfSeveralLimits {

        private final Claim wide = new Claim(OTHER, Limit.of(100, Duration.ofDays(1)), "ann", 1, 0);

        private AcquireRequest both(Duration maxWait) {
            return new AcquireRequest(List.of(claim(FAST, 1, maxWait), wide));
        }

        @Test
        void oneThatIsDeniedDeniesAll() {
            deny(FAST);
            int trips = trips();
            Decision denied = store.acquire(both(Duration.ZERO));
            assertThat(denied.allowed()).isFalse();
            assertThat(denied.limitName()).isEqualTo("a");
            assertThat(trips()).isEqualTo(trips);
        }

        @Test
        void eachThatWasDeniedIsRememberedAndNoOther() {
            store.acquire(request(FAST, 2, Duration.ZERO));
            store.acquire(both(Duration.ZERO));
            int trips = trips();
            assertThat(store.acquire(one(FAST)).allowed()).isFalse();
            assertThat(trips()).isEqualTo(trips);
            assertThat(store.acquire(AcquireRequest.of(wide)).allowed()).isTrue();
        }

        @Test
        void theShortestWaitHoldsForAll() {
            store.acquire(request(FAST, 2, Duration.ZERO));
            store.acquire(both(SECOND));
            int trips = trips();
            assertThat(store.acquire(both(SECOND)).allowed()).isFalse();
            assertThat(trips()).isEqualTo(trips);
            assertThat(store.acquire(request(FAST, 1, SECOND)).allowed()).isTrue();
        }

        @Test
        void theLongestDenialIsTold() {
            Limit slower = Limit.of(1, Duration.ofHours(1));
            Claim narrow = new Claim(OTHER, slower, "ann", 1, 0);
            deny(FAST);
            store.acquire(AcquireRequest.of(narrow));
            store.acquire(AcquireRequest.of(narrow));
            Decision denied = store.acquire(new AcquireRequest(List.of(claim(FAST, 1, Duration.ZERO), narrow)));
            assertThat(denied.limitName()).isEqualTo("b");
            assertThat(denied.retryAfter()).isEqualTo(Duration.ofHours(1));
        }

        /** That of a is over in 400 ms and was remembered 100 ms before that of b. */
        @ParameterizedTest
        @CsvSource({"350, b, 350", "300, a, 300", "250, a, 300"})
        void theLongestDenialIsToldWheneverEachArrived(long retryMillis, String told, long leftMillis) {
            Claim narrow = new Claim(OTHER, Limit.of(1, Duration.ofMillis(retryMillis)), "ann", 1, 0);
            deny(FAST);
            time.advance(Duration.ofMillis(100));
            store.acquire(AcquireRequest.of(narrow));
            store.acquire(AcquireRequest.of(narrow));
            Decision denied = store.acquire(new AcquireRequest(List.of(claim(FAST, 1, Duration.ZERO), narrow)));
            assertThat(denied.limitName()).isEqualTo(told);
            assertThat(denied.retryAfter()).isEqualTo(Duration.ofMillis(leftMillis));
        }

        @Test
        void aCostThatNoTimeHelpsIsToldBeforeAllOthers() {
            Claim hopeless = new Claim(OTHER, FAST, "ann", 3, 0);
            store.acquire(AcquireRequest.of(hopeless));
            deny(SLOW);
            assertThat(store.acquire(new AcquireRequest(List.of(claim(SLOW, 1, Duration.ZERO), hopeless)))
                            .limitName())
                    .isEqualTo("b");
            Claim before = claim(SLOW, 3, Duration.ZERO);
            store.acquire(AcquireRequest.of(before));
            Claim other = new Claim(OTHER, FAST, "ann", 1, 0);
            store.acquire(AcquireRequest.of(new Claim(OTHER, FAST, "ann", 2, 0)));
            store.acquire(AcquireRequest.of(other));
            assertThat(store.acquire(new AcquireRequest(List.of(before, other))).limitName())
                    .isEqualTo("a");
        }

        @Test
        void oneThatIsDeniedIsRememberedEvenIfTheStoreTellsOfNoOther() {
            FakeRemoteStore telling =
                    new FakeRemoteStore(new Saying(Decision.overLimit("a", SLOW, 1, 0, 5_000_000_000L, 0)));
            RememberedDenials remembering = new RememberedDenials(telling, time, 100);
            AcquireRequest all = new AcquireRequest(List.of(claim(SLOW, 1, Duration.ZERO), wide));
            remembering.acquire(all);
            assertThat(remembering.acquire(all).limitName()).isEqualTo("a");
            assertThat(telling.calls()).hasSize(1);
            remembering.acquire(AcquireRequest.of(wide));
            assertThat(telling.calls()).hasSize(2);
        }

        @Test
        void oneThatCostsTooMuchIsRememberedEvenIfTheStoreTellsOfNoOther() {
            FakeRemoteStore telling = new FakeRemoteStore(new Saying(Decision.costAboveLimit("a", FAST, 3, 2, 0)));
            RememberedDenials remembering = new RememberedDenials(telling, time, 100);
            AcquireRequest all = new AcquireRequest(List.of(claim(FAST, 3, Duration.ZERO), wide));
            remembering.acquire(all);
            assertThat(remembering.acquire(all).reason()).isEqualTo(Reason.COST_ABOVE_LIMIT);
            assertThat(telling.calls()).hasSize(1);
            remembering.acquire(AcquireRequest.of(wide));
            assertThat(telling.calls()).hasSize(2);
        }

        @Test
        void oneThatCostsTooMuchIsRememberedAlone() {
            Claim hopeless = claim(FAST, 3, Duration.ZERO);
            AcquireRequest all = new AcquireRequest(List.of(hopeless, wide));
            store.acquire(all);
            int trips = trips();
            assertThat(store.acquire(all).reason()).isEqualTo(Reason.COST_ABOVE_LIMIT);
            assertThat(store.tryAcquire(hopeless)).isFalse();
            assertThat(trips()).isEqualTo(trips);
            assertThat(store.tryAcquire(wide)).isTrue();
        }
    }

    @Test
    void aBatchAsksOnlyForWhatIsNotKnown() {
        deny(SLOW);
        int trips = trips();
        AcquireRequest bob = AcquireRequest.of(new Claim(NAME, SLOW, "bob", 1, 0));
        AcquireRequest tom = AcquireRequest.of(new Claim(NAME, SLOW, "tom", 2, 0));
        List<Decision> decisions = store.acquireAll(List.of(bob, one(SLOW), tom))
                .toCompletableFuture()
                .join();
        assertThat(decisions).extracting(Decision::allowed).containsExactly(true, false, true);
        assertThat(decisions).extracting(Decision::cost).containsExactly(1L, 1L, 2L);
        assertThat(trips()).isEqualTo(trips + 2);
    }

    @Test
    void holdsNoMoreThanItMayAndMakesRoomFromWhatIsOver() {
        for (int i = 0; i < 300; i++) {
            denyKey("first" + i);
        }
        assertThat(store.entries()).isEqualTo(100);
        int trips = trips();
        store.tryAcquire(new Claim(NAME, SLOW, "first99", 1, 0));
        assertThat(trips()).isEqualTo(trips);
        store.tryAcquire(new Claim(NAME, SLOW, "first100", 1, 0));
        assertThat(trips()).isEqualTo(trips + 1);
        time.advance(SECOND);
        for (int i = 0; i < 100; i++) {
            denyKey("second" + i);
        }
        assertThat(store.entries()).isEqualTo(100);
        trips = trips();
        for (int i = 0; i < 100; i++) {
            store.tryAcquire(new Claim(NAME, SLOW, "second" + i, 1, 0));
        }
        assertThat(trips()).isEqualTo(trips);
    }

    @Test
    void sweepsTwoThatAreOverForEachThatComes() {
        for (int i = 0; i < 4; i++) {
            denyKey("first" + i);
        }
        assertThat(store.entries()).isEqualTo(4);
        time.advance(SECOND);
        denyKey("late");
        assertThat(store.entries()).isEqualTo(4 - 2 + 1);
    }

    @Test
    void mayHoldASingleOne() {
        RememberedDenials single = new RememberedDenials(remote, time, 1);
        single.acquire(request(SLOW, 3, Duration.ZERO));
        single.acquire(request(SLOW, 3, Duration.ZERO));
        assertThat(trips()).isEqualTo(1);
    }

    private void denyKey(String key) {
        store.tryAcquire(new Claim(NAME, SLOW, key, 2, 0));
        store.tryAcquire(new Claim(NAME, SLOW, key, 1, 0));
    }

    @Test
    void needsRoom() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RememberedDenials(remote, time, 0))
                .withMessageContaining("max-entries");
    }

    /** Random traffic through the decorator and through a store without it: neither more nor less goes through. */
    @Nested
    class TheLaw {

        private static final int EPISODES = 200;
        private static final int CALLS = 300;

        private record Taken(AcquireRequest request, Decision remembering, Decision bare) {}

        @ParameterizedTest
        @EnumSource
        void allowsExactlyWhatTheStoreAlone(Algorithm algorithm) {
            int spared = 0;
            for (int episode = 0; episode < EPISODES; episode++) {
                spared += compare(new SplittableRandom(SEED + episode), algorithm, "seed " + SEED + " + " + episode);
            }
            assertThat(spared).isGreaterThan(EPISODES * CALLS / 20);
        }

        private static int compare(SplittableRandom random, Algorithm algorithm, String episode) {
            MutableTimeSource time = new MutableTimeSource(random.nextLong(-5_000_000_000L, 5_000_000_000L));
            FakeRemoteStore remote = new FakeRemoteStore(time);
            RememberedDenials remembering = new RememberedDenials(remote, time, 10);
            MemoryLimiterStore bare = new MemoryLimiterStore(time, 1000);
            List<Limit> limits = List.of(limit(random, algorithm), limit(random, algorithm));
            List<Taken> taken = new ArrayList<>();
            int spared = 0;
            for (int call = 0; call < CALLS; call++) {
                time.advance(Duration.ofNanos(random.nextInt(2) == 0 ? 0 : random.nextLong(300_000_000)));
                List<Claim> claims = new ArrayList<>(List.of(claim(random, limits, 0)));
                if (random.nextInt(4) == 0) {
                    claims.add(claim(random, limits, 1));
                }
                AcquireRequest request = new AcquireRequest(claims);
                int trips = remote.calls().size();
                Decision decision = remembering.acquire(request);
                spared += remote.calls().size() == trips ? 1 : 0;
                Decision expected = bare.acquire(request);
                assertThat(decision.allowed()).as("%s, call %d", episode, call).isEqualTo(expected.allowed());
                assertThat(decision.waitTime()).as("%s, call %d", episode, call).isEqualTo(expected.waitTime());
                if (decision.allowed()) {
                    taken.add(new Taken(request, decision, expected));
                }
                if (!taken.isEmpty() && random.nextInt(20) == 0) {
                    Taken given = taken.remove(random.nextInt(taken.size()));
                    remembering.refund(given.request, given.remembering);
                    bare.refund(given.request, given.bare);
                }
                if (random.nextInt(40) == 0) {
                    remembering.reset(NAME, "0");
                    bare.reset(NAME, "0");
                }
                if (random.nextInt(40) == 0) {
                    Claim any = claim(random, limits, 0);
                    remembering.giveBack(any);
                    bare.giveBack(any);
                }
            }
            return spared;
        }

        /** Another node gives permits back or resets: it shows here after a second at most. */
        @ParameterizedTest
        @EnumSource
        void allowsNeverMoreAndLessOnlyWithinTheSecondAfterAChangeElsewhere(Algorithm algorithm) {
            int late = 0;
            for (int episode = 0; episode < EPISODES; episode++) {
                late += compareWithChanges(
                        new SplittableRandom(SEED + episode), algorithm, "seed " + SEED + " + " + episode);
            }
            assertThat(late).isPositive();
        }

        private static int compareWithChanges(SplittableRandom random, Algorithm algorithm, String episode) {
            MutableTimeSource time = new MutableTimeSource(random.nextLong(-5_000_000_000L, 5_000_000_000L));
            FakeRemoteStore remote = new FakeRemoteStore(time);
            RememberedDenials remembering = new RememberedDenials(remote, time, 1000);
            List<Limit> limits = List.of(limit(random, algorithm));
            long changedAt = time.nanoTime() - SECOND.toNanos();
            int late = 0;
            for (int call = 0; call < CALLS; call++) {
                time.advance(Duration.ofNanos(random.nextInt(2) == 0 ? 0 : random.nextLong(300_000_000)));
                if (random.nextInt(20) == 0) {
                    remote.elsewhere().reset(NAME, "0");
                    changedAt = time.nanoTime();
                }
                Claim claim = claim(random, limits, 0);
                boolean expected = remote.elsewhere().peek(claim).allowed();
                boolean allowed = remembering.acquire(AcquireRequest.of(claim)).allowed();
                if (allowed != expected) {
                    assertThat(expected).as("%s, call %d", episode, call).isTrue();
                    assertThat(time.nanoTime() - changedAt)
                            .as("%s, call %d", episode, call)
                            .isLessThan(SECOND.toNanos());
                    late++;
                }
            }
            return late;
        }

        private static Claim claim(SplittableRandom random, List<Limit> limits, int index) {
            long maxWait = random.nextInt(3) > 0 ? 0 : random.nextLong(2_000_000_000L);
            return new Claim(
                    index == 0 ? NAME : OTHER,
                    limits.get(index),
                    random.nextInt(4) > 0 ? "0" : "1",
                    random.nextLong(1, 4),
                    maxWait);
        }

        private static Limit limit(SplittableRandom random, Algorithm algorithm) {
            return Limit.of(random.nextLong(1, 6), Duration.ofNanos(random.nextLong(1, 5_000_000_000L)))
                    .withAlgorithm(algorithm);
        }
    }
}
