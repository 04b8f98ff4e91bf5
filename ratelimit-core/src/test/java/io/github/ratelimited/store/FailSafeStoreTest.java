package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class FailSafeStoreTest {

    private static final Duration TIMEOUT = Duration.ofMillis(100);
    private static final Duration DAY = Duration.ofDays(1);
    private static final LimitName NAME = LimitName.of("a");
    private static final LimitName OTHER = LimitName.of("b");
    private static final Limit LIMIT = Limit.of(8, DAY);
    private final RuntimeException broken = new IllegalStateException("broken for ann");
    private final RuntimeException unusable = new UnusableBucketException("a list at ann", null);
    private final RuntimeException noConnection = new StoreUnavailableException("refused", null);

    private final MutableTimeSource clock = new MutableTimeSource(-5_000_000_000L);
    private final FakeRemoteStore remote = new FakeRemoteStore(clock);
    private final LimiterStore local = new MemoryLimiterStore(clock, 1000);
    private final Map<LimitName, StoreFailurePolicy> policies = new HashMap<>();
    private final List<Future<?>> timers = new ArrayList<>();
    private final List<String> heard = new ArrayList<>();
    private final StoreLog log = new StoreLog();
    private Executor executor = clock.executor();
    private final FailSafeStore store = new FailSafeStore(
            remote,
            "redis",
            new TimeSource() {
                @Override
                public long nanoTime() {
                    return clock.nanoTime();
                }

                @Override
                public Future<?> schedule(Runnable task, long delayNanos) {
                    Future<?> timer = clock.schedule(task, delayNanos);
                    timers.add(timer);
                    return timer;
                }

                @Override
                public Executor executor() {
                    return executor;
                }
            },
            TIMEOUT,
            name -> policies.getOrDefault(name, StoreFailurePolicy.ALLOW),
            local,
            4,
            (name, outcome, nanos) -> heard.add(name + " " + outcome + " " + nanos / 1_000_000 + "ms"));

    @AfterEach
    void stopListening() {
        log.close();
    }

    private static AcquireRequest request(LimitName name, Limit limit, long cost) {
        return AcquireRequest.of(new Claim(name, limit, "ann", cost, 0));
    }

    private static AcquireRequest one() {
        return request(NAME, LIMIT, 1);
    }

    private Decision acquire(long cost) {
        return store.acquire(request(NAME, LIMIT, cost));
    }

    private void policy(StoreFailurePolicy policy) {
        policies.put(NAME, policy);
    }

    private long timersPending() {
        return timers.stream().filter(timer -> !timer.isDone()).count();
    }

    private static boolean done(CompletionStage<?> stage) {
        return stage.toCompletableFuture().isDone();
    }

    private CompletionStage<Decision> peekAsync() {
        return store.peekAsync(one().claims().get(0));
    }

    private void acquire(int times, RuntimeException failure) {
        remote.fail(failure);
        for (int i = 0; i < times; i++) {
            assertThat(acquire(1).reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
        }
    }

    private void rejectTasks() {
        executor = task -> {
            throw new RejectedExecutionException("shut down");
        };
    }

    private void open() {
        remote.fail(noConnection);
        acquire(1);
        assertThat(store.available()).isFalse();
    }

    @Nested
    class WhileTheStoreAnswers {

        @Test
        void itsAnswersPassThroughAndOneTimerDoesForAll() {
            assertThat(acquire(8).reason()).isEqualTo(Reason.WITHIN_LIMIT);
            assertThat(acquire(1).reason()).isEqualTo(Reason.OVER_LIMIT);
            remote.hold();
            CompletionStage<Decision> slow = store.acquireAsync(one());
            assertThat(timersPending()).isEqualTo(1);
            remote.letThrough();
            assertThat(slow.toCompletableFuture().join().reason()).isEqualTo(Reason.OVER_LIMIT);
            clock.advance(TIMEOUT);
            assertThat(timersPending()).isZero();
        }

        @Test
        void eachIsGivenUpAtItsOwnTime() {
            acquire(1);
            clock.advance(TIMEOUT.dividedBy(2));
            remote.hold();
            CompletionStage<Decision> slow = store.acquireAsync(one());
            clock.advance(TIMEOUT.dividedBy(2));
            CompletionStage<Decision> later = store.acquireAsync(one());
            clock.advance(TIMEOUT.dividedBy(2).minusNanos(1));
            assertThat(slow.toCompletableFuture()).isNotDone();
            clock.advance(Duration.ofNanos(1));
            assertThat(slow.toCompletableFuture()).isDone();
            assertThat(later.toCompletableFuture()).isNotDone();
            clock.advance(TIMEOUT.dividedBy(2));
            assertThat(later.toCompletableFuture()).isDone();
            assertThat(timersPending()).isZero();
        }

        @Test
        void noTimerIsSetAgainForThoseWhoAreAnswered() {
            acquire(1);
            clock.advance(TIMEOUT.dividedBy(2));
            acquire(1);
            clock.advance(TIMEOUT.dividedBy(2));
            assertThat(timersPending()).isZero();
        }

        @Test
        void aTurnThatWasReservedThereComesByItsClock() {
            acquire(8);
            Decision reserved = store.acquire(AcquireRequest.of(new Claim(NAME, LIMIT, "ann", 1, Long.MAX_VALUE)));
            clock.advance(Duration.ofSeconds(1));
            assertThat(store.turnAt(reserved, clock)).isEqualTo(remote.turnAt(reserved, clock));
        }

        @Test
        void refundsAndPeeksGoToIt() {
            Decision taken = acquire(8);
            assertThat(store.peek(one().claims().get(0)).allowed()).isFalse();
            store.refund(request(NAME, LIMIT, 8), taken);
            assertThat(store.peek(one().claims().get(0)).remaining()).isEqualTo(8);
        }

        @Test
        void anInterruptLosesNoPermitAndIsKept() throws InterruptedException {
            remote.hold();
            FutureTask<Boolean> allowedAndInterrupted =
                    new FutureTask<>(() -> acquire(1).allowed() && Thread.interrupted());
            Thread caller = new Thread(allowedAndInterrupted);
            caller.start();
            remote.awaitQuestion();
            caller.interrupt();
            remote.letThrough();
            assertThat(allowedAndInterrupted)
                    .succeedsWithin(Duration.ofSeconds(30))
                    .isEqualTo(true);
            assertThat(remote.refunds()).isEmpty();
        }
    }

    @Nested
    class WithoutAnAnswer {

        @Test
        void policyDecidesWhenTheTimeIsUpAndNotBefore() {
            remote.hold();
            CompletionStage<Decision> answer = store.acquireAsync(one());
            clock.advance(TIMEOUT.minusNanos(1));
            assertThat(done(answer)).isFalse();
            clock.advance(Duration.ofNanos(1));
            Decision decision = answer.toCompletableFuture().join();
            assertThat(decision.allowed()).isTrue();
            assertThat(decision.reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
        }

        @Test
        void aSleepingCallerWakesWhenTheTimeIsUp() throws InterruptedException {
            policy(StoreFailurePolicy.DENY);
            remote.hold();
            FutureTask<Decision> caller = new FutureTask<>(() -> acquire(1));
            new Thread(caller).start();
            remote.awaitQuestion();
            while (!caller.isDone()) {
                clock.advance(TIMEOUT);
                Thread.onSpinWait();
            }
            assertThat(caller)
                    .succeedsWithin(Duration.ZERO)
                    .extracting(Decision::allowed)
                    .isEqualTo(false);
        }

        @Test
        void aPeekIsDecidedHereWhenTheTimeIsUpAndNotBefore() {
            policy(StoreFailurePolicy.DENY);
            remote.hold();
            CompletionStage<Decision> peeked = peekAsync();
            clock.advance(TIMEOUT.minusNanos(1));
            assertThat(done(peeked)).isFalse();
            clock.advance(Duration.ofNanos(1));
            assertThat(peeked.toCompletableFuture()).isCompletedWithValueMatching(decision -> !decision.allowed());
        }

        @Test
        void policyDecidesEvenIfTheExecutorIsGone() {
            remote.hold();
            rejectTasks();
            CompletionStage<Decision> answer = store.acquireAsync(one());
            clock.advance(TIMEOUT);
            assertThat(answer.toCompletableFuture()).isCompletedWithValueMatching(Decision::allowed);
        }

        @Test
        void failuresOfTheStoreStayInside() {
            for (Runnable breaking : List.<Runnable>of(() -> remote.fail(broken), () -> remote.failAtOnce(broken))) {
                breaking.run();
                assertThat(acquire(1).reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
                assertThat(store.peek(one().claims().get(0)).reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
            }
        }

        @Test
        void denyDeniesAndIsWorthAnotherTryInASecond() {
            policy(StoreFailurePolicy.DENY);
            remote.fail(broken);
            Decision denied = acquire(1);
            assertThat(denied.allowed()).isFalse();
            assertThat(denied.reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
            assertThat(denied.retryAfter()).isEqualTo(Duration.ofSeconds(1));
            assertThat(denied.limit()).isEqualTo(LIMIT);
            assertThat(denied.counted()).isFalse();
            assertThat(new RateLimitExceededException(denied)).hasMessageContaining("its store is unavailable");
        }

        @ParameterizedTest
        @EnumSource
        void localLetsThisInstancesShareThrough(Algorithm algorithm) {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            AcquireRequest request = request(NAME, LIMIT.withAlgorithm(algorithm), 1);
            List<Decision> decisions = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                decisions.add(store.acquire(request));
            }
            assertThat(decisions).extracting(Decision::allowed).containsExactly(true, true, false, false);
            assertThat(decisions).extracting(Decision::reason).containsOnly(Reason.STORE_UNAVAILABLE);
            assertThat(decisions).allMatch(Decision::counted);
            assertThat(new RateLimitExceededException(decisions.get(3))).hasMessageContaining("exceeded: ");
        }

        @ParameterizedTest
        @EnumSource
        void aCostAboveTheShareIsNotDeniedForGoodAndTheRateStays(Algorithm algorithm) {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            store.close(); // no probes in all that time
            AcquireRequest request = request(NAME, LIMIT.withAlgorithm(algorithm), 6);
            long granted = 0;
            for (int day = 0; day < 30; day++) {
                granted += store.acquire(request).allowed() ? 6 : 0;
                clock.advance(DAY);
            }
            assertThat(granted).isBetween(2 * 30 - 6L, 2 * 30 + 6L);
        }

        @Test
        void aCostAboveTheWholeLimitIsStillDenied() {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            assertThat(acquire(9).retryAfter()).isNull();
            assertThat(acquire(2).allowed()).isTrue();
        }

        @Test
        void changingCostsDoNotRaiseTheRate() {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            store.close(); // no probes in all that time
            long granted = 0;
            for (int hour = 0; hour < 30 * 24; hour++) {
                granted += acquire(6).allowed() ? 6 : 0;
                granted += acquire(1).allowed() ? 1 : 0;
                clock.advance(Duration.ofHours(1));
            }
            assertThat(granted).isLessThanOrEqualTo(2 * 30 + 8L);
        }

        @Test
        void theShareGrowsToTheCostOfALargerCall() {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            acquire(1);
            assertThat(acquire(6).retryAfter()).isEqualTo(DAY.multipliedBy(3).dividedBy(2));
        }

        @Test
        void changingCostsDoNotRaiseTheRateOfAKeyWhileAnotherHasOtherNumbers() {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            store.close(); // no probes in all that time
            Limit ann = Limit.of(40, Duration.ofSeconds(10)).withBurst(40);
            Limit bob = Limit.of(80, Duration.ofSeconds(10)).withBurst(20);
            long granted = 0;
            for (int second = 0; second < 60; second += 10) {
                granted += store.acquire(request(NAME, ann, 20)).allowed() ? 20 : 0;
                store.acquire(AcquireRequest.of(new Claim(NAME, bob, "bob", 1, 0)));
                granted += store.acquire(request(NAME, ann, 1)).allowed() ? 1 : 0;
                clock.advance(Duration.ofSeconds(10));
            }
            assertThat(granted).isLessThanOrEqualTo(20 + 60);
        }

        /** As where each customer has numbers of his own. */
        @Test
        void norDoAnyNumberOfKeysEachWithItsOwnNumbers() {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            store.close(); // no probes in all that time
            long granted = 0;
            for (int day = 0; day < 30; day++) {
                granted += acquire(6).allowed() ? 6 : 0;
                for (int i = 1; i <= StandIn.MOST_SHARES + 100; i++) {
                    store.acquire(AcquireRequest.of(new Claim(NAME, Limit.of(8 + i, DAY), "key" + i, 1, 0)));
                }
                granted += acquire(1).allowed() ? 1 : 0;
                clock.advance(DAY);
            }
            assertThat(granted).isLessThanOrEqualTo(6 + 2 * 30);
        }

        /** Half of the share of 2 was taken, which is 10 of 20. */
        @Test
        void aLimitThatIsReplacedHasAnotherShare() {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            acquire(1);
            Decision taken = store.acquire(request(NAME, Limit.of(80, DAY), 1));
            assertThat(taken.limit()).isEqualTo(Limit.of(20, DAY));
            assertThat(taken.remaining()).isEqualTo(9);
        }

        @ParameterizedTest
        @EnumSource
        void aShareFillsAgainAsTheLimitDoes(Algorithm algorithm) {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            clock.advance(Duration.ofSeconds(5)); // to the beginning of a day
            assertThat(store.acquire(request(NAME, LIMIT.withAlgorithm(algorithm), 2))
                            .allowed())
                    .isTrue();
            clock.advance(DAY.dividedBy(2));
            assertThat(store.acquire(request(NAME, LIMIT.withAlgorithm(algorithm), 1))
                            .allowed())
                    .isEqualTo(algorithm == Algorithm.TOKEN_BUCKET);
        }

        @Test
        void aShareOfManyPermitsIsAPartOfThem() {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            Limit wide = Limit.of(400, DAY);
            assertThat(store.acquire(request(NAME, wide, 100)).allowed()).isTrue();
            assertThat(store.acquire(request(NAME, wide, 1)).allowed()).isFalse();
        }

        @Test
        void aShareIsAtLeastOnePermit() {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            AcquireRequest request = request(NAME, Limit.of(3, DAY), 1);
            assertThat(store.acquire(request).allowed()).isTrue();
            assertThat(store.acquire(request).allowed()).isFalse();
        }

        @Test
        void aShareThatWouldTakeTooLongToRefillIsTheWhole() {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            Limit slow = Limit.of(3, Limit.MAX_PERIOD);
            assertThat(store.acquire(request(NAME, slow, 3)).allowed()).isTrue();
            assertThat(store.acquire(request(NAME, slow, 1)).allowed()).isFalse();
        }

        @Test
        void aShareThatTakesJustAsLongToRefillAsALimitMayIsAPart() {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            Limit slow = Limit.of(4, Limit.MAX_PERIOD);
            assertThat(store.acquire(request(NAME, slow, 1)).allowed()).isTrue();
            assertThat(store.acquire(request(NAME, slow, 1)).allowed()).isFalse();
        }

        @Test
        void ofSeveralLimitsOneThatDeniesDeniesAndNothingIsTaken() {
            policy(StoreFailurePolicy.LOCAL);
            policies.put(OTHER, StoreFailurePolicy.DENY);
            remote.fail(broken);
            Decision denied = store.acquire(both());
            assertThat(denied.allowed()).isFalse();
            assertThat(denied.limitName()).isEqualTo("b");
            assertThat(denied.parts()).hasSize(2);
            store.refund(both(), denied);
            assertThat(acquire(2).allowed()).isTrue();
            assertThat(acquire(1).allowed()).isFalse();
        }

        @Test
        void ofSeveralLimitsThoseThatCountDecideTogether() {
            policy(StoreFailurePolicy.LOCAL);
            policies.put(OTHER, StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            store.acquire(request(OTHER, LIMIT, 2));
            assertThat(store.acquire(both()).allowed()).isFalse();
            assertThat(acquire(2).allowed()).isTrue();
        }

        @Test
        void ofSeveralLimitsThoseThatAllowAddNothing() {
            policies.put(OTHER, StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            assertThat(store.acquire(both()).parts())
                    .extracting(Decision::allowed)
                    .containsExactly(true, true);
            assertThat(store.acquire(both()).allowed()).isTrue();
            assertThat(store.acquire(both()).allowed()).isFalse();
            policies.remove(OTHER);
            assertThat(store.acquire(both()).allowed()).isTrue();
        }

        @Test
        void aTurnThatWasReservedHereComesByTheClockOfHere() {
            policies.put(OTHER, StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            store.acquire(both());
            store.acquire(both());
            AcquireRequest waiting = new AcquireRequest(List.of(
                    new Claim(NAME, LIMIT, "ann", 1, Long.MAX_VALUE),
                    new Claim(OTHER, LIMIT, "ann", 1, Long.MAX_VALUE)));
            Decision reserved = store.acquire(waiting);
            assertThat(reserved.waitTime()).isEqualTo(DAY.dividedBy(2));
            long turn = clock.nanoTime() + reserved.waitNanos();
            clock.advance(Duration.ofSeconds(1));
            assertThat(store.turnAt(reserved, clock)).isEqualTo(turn);
        }

        @Test
        void whatWasTakenHereIsGivenBackHereOnce() {
            policy(StoreFailurePolicy.LOCAL);
            policies.put(OTHER, StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            Decision taken = acquire(2);
            store.refund(request(NAME, LIMIT, 2), taken);
            store.refund(request(NAME, LIMIT, 2), taken);
            Decision together = store.acquire(both());
            store.refund(both(), together);
            store.refund(both(), together);
            assertThat(acquire(2).allowed()).isTrue();
            assertThat(acquire(1).allowed()).isFalse();
            assertThat(remote.refunds()).isEmpty();
        }

        @Test
        void whatWasOnlyLetThroughIsGivenBackNowhere() {
            remote.fail(broken);
            Decision allowed = acquire(2);
            policy(StoreFailurePolicy.LOCAL);
            acquire(2);
            store.refund(request(NAME, LIMIT, 2), allowed);
            assertThat(acquire(1).allowed()).isFalse();
            assertThat(remote.refunds()).isEmpty();
        }

        @Test
        void peekingHereTakesNothingAndHasNothingToGiveBack() {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            acquire(1);
            Decision peeked = store.peek(one().claims().get(0));
            assertThat(peeked.remaining()).isEqualTo(1);
            store.refund(one(), peeked);
            assertThat(store.peek(one().claims().get(0)).remaining()).isEqualTo(1);
        }

        private static AcquireRequest both() {
            return new AcquireRequest(
                    List.of(new Claim(NAME, LIMIT, "ann", 1, 0), new Claim(OTHER, LIMIT, "ann", 1, 0)));
        }
    }

    @Nested
    class ALateAnswer {

        private CompletableFuture<Decision> late() {
            remote.hold();
            CompletionStage<Decision> answer = store.acquireAsync(one());
            clock.advance(TIMEOUT);
            remote.letThrough();
            return answer.toCompletableFuture();
        }

        @ParameterizedTest
        @EnumSource(names = {"DENY", "LOCAL"})
        void isGivenBackIfSomethingElseWasDecided(StoreFailurePolicy policy) {
            policy(policy);
            assertThat(late().join().reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
            assertThat(remote.elsewhere().peek(one().claims().get(0)).remaining())
                    .isEqualTo(8);
        }

        @Test
        void staysTakenIfTheCallWasLetThrough() {
            late();
            assertThat(remote.elsewhere().peek(one().claims().get(0)).remaining())
                    .isEqualTo(7);
        }

        /** The first is on a trip, the others in line for the next one, and each would wait behind those before it. */
        @ParameterizedTest
        @EnumSource(names = {"DENY", "LOCAL"})
        void keepsTheBucketClosedForNobody(StoreFailurePolicy policy) {
            policy(policy);
            Claim claim = new Claim(NAME, Limit.of(5, Duration.ofSeconds(1)), "ann", 1, Long.MAX_VALUE);
            try (FailSafeStore merging =
                    new FailSafeStore(new MergingStore(remote), "redis", clock, TIMEOUT, name -> policy, local, 1)) {
                remote.hold();
                List<CompletableFuture<Decision>> answers = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    answers.add(merging.acquireAsync(AcquireRequest.of(claim)).toCompletableFuture());
                }
                clock.advance(TIMEOUT);
                remote.letThrough();
                assertThat(answers).extracting(answer -> answer.join().reason()).containsOnly(Reason.STORE_UNAVAILABLE);
                assertThat(remote.elsewhere().peek(claim).remaining()).isEqualTo(5);
            }
        }

        @Test
        void isNotGivenBackIfItIsADenial() {
            policy(StoreFailurePolicy.DENY);
            acquire(8);
            late();
            assertThat(remote.refunds()).isEmpty();
        }
    }

    @Nested
    class TheBreaker {

        @Test
        void opensAfterFiveFailuresInARowAndNotBefore() {
            for (int round = 0; round < 3; round++) {
                remote.fail(broken);
                for (int i = 0; i < 4; i++) {
                    acquire(1);
                }
                remote.work();
                acquire(1);
            }
            assertThat(store.available()).isTrue();
            assertThat(store.failure()).isNull();
            remote.fail(broken);
            for (int i = 0; i < 5; i++) {
                acquire(1);
            }
            assertThat(store.available()).isFalse();
            assertThat(store.failure()).isSameAs(broken);
        }

        @Test
        void opensByTimeoutsToo() {
            remote.hold();
            for (int i = 0; i < 5; i++) {
                store.acquireAsync(one());
            }
            clock.advance(TIMEOUT);
            assertThat(store.failure()).isInstanceOf(TimeoutException.class).hasMessage("no answer within 100ms");
        }

        @Test
        void opensByPeeksAsWell() {
            remote.fail(broken);
            for (int i = 0; i < 5; i++) {
                assertThat(store.available()).isTrue();
                store.peek(one().claims().get(0));
            }
            assertThat(store.failure()).isSameAs(broken);
        }

        @Test
        void opensByPeeksThatHang() {
            remote.hold();
            for (int i = 0; i < 5; i++) {
                peekAsync();
            }
            clock.advance(TIMEOUT);
            assertThat(store.failure()).isInstanceOf(TimeoutException.class);
        }

        @Test
        void opensByARefundThatFailsOfWhichNobodyElseIsTold() {
            Decision taken = acquire(1);
            remote.failAtOnce(noConnection);
            store.refund(one(), taken);
            assertThat(store.failure()).isSameAs(noConnection);
        }

        @Test
        void countsAnewAfterAPeekThatIsAnswered() {
            acquire(4, broken);
            remote.work();
            store.peek(one().claims().get(0));
            acquire(4, broken);
            assertThat(store.available()).isTrue();
        }

        @Test
        void countsAnewAfterTheAnswerThatABucketCannotBeUsed() {
            acquire(4, broken);
            acquire(1, unusable);
            acquire(4, broken);
            assertThat(store.available()).isTrue();
        }

        @Test
        void countsAnewOnceItHasClosed() {
            acquire(5, broken);
            remote.work();
            clock.advance(StoreHealth.PROBE);
            acquire(4, broken);
            assertThat(store.available()).isTrue();
            acquire(1, broken);
            assertThat(store.available()).isFalse();
        }

        @Test
        void seesAMissingConnectionThroughAllThatFuturesWrapItIn() {
            acquire(1, new CompletionException(new ExecutionException(noConnection)));
            assertThat(store.failure()).isSameAs(noConnection);
        }

        @Test
        void takesAWrapperOfNothingForTheFailure() {
            RuntimeException empty = new CompletionException("empty", null);
            acquire(5, empty);
            assertThat(store.failure()).isSameAs(empty);
        }

        @Test
        void tellsTheFailureInWordsWithoutKeysWhileItLasts() {
            assertThat(store.storeName()).isEqualTo("redis");
            assertThat(store.failureText()).isNull();
            acquire(5, broken);
            assertThat(store.failureText()).isEqualTo("IllegalStateException: broken for *");
            remote.work();
            clock.advance(StoreHealth.PROBE);
            assertThat(store.failureText()).isNull();
        }

        @Test
        void tellsAFailureWithoutAMessageByItsType() {
            acquire(5, new IllegalStateException());
            assertThat(store.failureText()).isEqualTo("IllegalStateException");
        }

        @Test
        void opensAtOnceWithoutAConnection() {
            open();
            assertThat(remote.calls()).hasSize(1);
        }

        @Test
        void sparesCallersTheTripWhileItIsOpen() {
            open();
            assertThat(acquire(1).reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
            assertThat(done(store.acquireAsync(one()))).isTrue();
            assertThat(done(store.peekAsync(one().claims().get(0)))).isTrue();
            assertThat(remote.calls()).hasSize(1);
        }

        @Test
        void closesWhenAProbeIsAnswered() {
            open();
            remote.work();
            clock.advance(StoreHealth.PROBE.minusNanos(1));
            assertThat(store.available()).isFalse();
            clock.advance(Duration.ofNanos(1));
            assertThat(store.available()).isTrue();
            assertThat(store.failure()).isNull();
            assertThat(remote.calls()).containsExactly("acquire", "acquire");
            clock.advance(TIMEOUT);
            assertThat(timersPending()).isZero();
            assertThat(acquire(1).reason()).isEqualTo(Reason.WITHIN_LIMIT);
        }

        @Test
        void staysOpenWhileTheStoreCanOnlyBeReadAndTakesNobodysPermits() {
            remote.failToWrite(broken);
            for (int i = 0; i < 20; i++) {
                acquire(1);
                clock.advance(StoreHealth.PROBE);
            }
            assertThat(store.available()).isFalse();
            assertThat(log.lines()).hasSize(1);
            remote.work();
            clock.advance(StoreHealth.PROBE);
            assertThat(store.available()).isTrue();
            assertThat(log.lines()).hasSize(2);
            assertThat(store.peek(one().claims().get(0)).remaining()).isEqualTo(8);
        }

        @Test
        void probesAgainUntilThen() {
            open();
            clock.advance(StoreHealth.PROBE.multipliedBy(3));
            clock.advance(TIMEOUT);
            assertThat(remote.calls()).containsExactly("acquire", "acquire", "acquire", "acquire");
            assertThat(timersPending()).isEqualTo(1);
        }

        @Test
        void takesAProbeThatHangsForFailedAndAsksOneAtATime() {
            open();
            remote.work();
            remote.hold();
            clock.advance(StoreHealth.PROBE.plus(TIMEOUT).minusNanos(1));
            assertThat(timersPending()).isEqualTo(1);
            clock.advance(StoreHealth.PROBE);
            assertThat(remote.calls()).containsExactly("acquire", "acquire");
            clock.advance(Duration.ofNanos(1));
            assertThat(remote.calls()).containsExactly("acquire", "acquire", "acquire");
            remote.letThrough();
            assertThat(store.available()).isTrue();
        }

        @Test
        void probesAgainAfterThereWasNoThreadForIt() {
            open();
            remote.work();
            rejectTasks();
            clock.advance(StoreHealth.PROBE);
            assertThat(store.failure()).isInstanceOf(RejectedExecutionException.class);
            executor = clock.executor();
            clock.advance(StoreHealth.PROBE);
            assertThat(store.available()).isTrue();
        }

        @Test
        void probesAgainOnceTheProbeThatFoundNoThreadHasLeft() {
            open();
            remote.work();
            List<Runnable> waiting = new ArrayList<>();
            executor = waiting::add;
            clock.advance(StoreHealth.PROBE.plus(TIMEOUT).multipliedBy(4));
            assertThat(waiting).hasSize(1);
            executor = clock.executor();
            waiting.get(0).run();
            assertThat(store.available()).as("that answer is too late").isFalse();
            clock.advance(StoreHealth.PROBE);
            assertThat(store.available()).isTrue();
        }

        @Test
        void staysClosedWhenTheStoreAnswersThatABucketCannotBeUsed() {
            remote.fail(unusable);
            for (int i = 0; i < 20; i++) {
                assertThat(acquire(1).reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
            }
            assertThat(store.available()).isTrue();
            assertThat(remote.calls()).hasSize(20);
            assertThat(log.lines())
                    .containsExactly("WARNING Store 'redis' has no usable bucket for a call of 'a'"
                            + " (UnusableBucketException: a list at *); such calls do as on-store-failure says");
        }

        @Test
        void closesWhenAProbeIsAnsweredThatItsBucketCannotBeUsed() {
            open();
            remote.fail(unusable);
            clock.advance(StoreHealth.PROBE);
            assertThat(store.available()).isTrue();
        }

        @Test
        void probesNoMoreOnceItIsClosedForGood() {
            open();
            store.close();
            clock.advance(DAY);
            assertThat(remote.calls()).hasSize(1);
            assertThat(timersPending()).isZero();
        }

        @Test
        void writesOneLineAtEachChangeAndNeverAKey() {
            remote.fail(broken);
            for (int i = 0; i < 20; i++) {
                acquire(1);
            }
            clock.advance(Duration.ofMillis(2900));
            remote.work();
            clock.advance(Duration.ofMillis(300));
            assertThat(log.lines())
                    .containsExactly(
                            "WARNING Store 'redis' gives no answer (IllegalStateException: broken for *); until it does,"
                                    + " limits do as on-store-failure says",
                            "INFO Store 'redis' answers again after 3.0s");
        }
    }

    @Test
    void tellsOnceMoreWhatAProbeFindsOut() {
        open();
        remote.fail(broken);
        clock.advance(StoreHealth.PROBE);
        assertThat(store.failure()).isSameAs(broken);
        remote.fail(noConnection);
        clock.advance(StoreHealth.PROBE.multipliedBy(3));
        assertThat(log.lines())
                .hasSize(2)
                .last()
                .isEqualTo("WARNING Store 'redis' still gives no answer (IllegalStateException: broken for *)");
    }

    @Nested
    class AReset {

        @Test
        void reachesTheStoreAndWhatWasCountedHere() {
            policy(StoreFailurePolicy.LOCAL);
            acquire(8);
            remote.fail(broken);
            acquire(2);
            remote.work();
            store.reset(NAME, "ann");
            assertThat(acquire(8).allowed()).isTrue();
            remote.fail(broken);
            assertThat(acquire(2).allowed()).isTrue();
        }

        @Test
        void isToldIfItFails() {
            remote.fail(broken);
            assertThatExceptionOfType(StoreUnavailableException.class)
                    .isThrownBy(() -> store.reset(NAME, "ann"))
                    .withMessageContaining("'redis'")
                    .withMessageContaining("'a'")
                    .withMessageNotContaining("ann");
        }
    }

    @Nested
    class GivingBackWhatAnybodyTook {

        private void giveBack(long permits) {
            store.giveBack(store.claim(NAME, LIMIT, "ann", permits, 0));
        }

        @Test
        void reachesTheStoreAndWhatWasCountedHere() {
            policy(StoreFailurePolicy.LOCAL);
            acquire(8);
            remote.fail(broken);
            acquire(2);
            remote.work();
            giveBack(1);
            assertThat(acquire(1).allowed()).isTrue();
            assertThat(acquire(1).allowed()).isFalse();
            remote.fail(broken);
            assertThat(acquire(1).allowed()).isTrue();
            assertThat(acquire(1).allowed()).isFalse();
        }

        @Test
        void isByTheNumbersOfItsOwnKey() {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            acquire(2);
            store.acquire(AcquireRequest.of(new Claim(NAME, Limit.of(80, DAY), "bob", 1, 0)));
            remote.work();
            giveBack(1);
            remote.fail(broken);
            assertThat(acquire(1).allowed()).isTrue();
            assertThat(acquire(1).allowed()).isFalse();
        }

        @Test
        void makesTheShareOfThisInstanceNoLarger() {
            policy(StoreFailurePolicy.LOCAL);
            remote.fail(broken);
            acquire(2);
            remote.work();
            giveBack(8);
            remote.fail(broken);
            assertThat(acquire(2).allowed()).isTrue();
            assertThat(acquire(1).allowed()).isFalse();
        }

        @Test
        void isToldIfItFails() {
            remote.fail(broken);
            assertThatExceptionOfType(StoreUnavailableException.class)
                    .isThrownBy(() -> giveBack(1))
                    .withMessageContaining("'redis'")
                    .withMessageContaining("'a'")
                    .withMessageNotContaining("ann");
        }
    }

    @Test
    void refusesATimeoutOfZeroAndNoInstances() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FailSafeStore(remote, "redis", clock, Duration.ZERO, name -> null, local, 1))
                .withMessageContaining("timeout");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FailSafeStore(remote, "redis", clock, TIMEOUT, name -> null, local, 0))
                .withMessageContaining("expected-instances");
    }

    @Nested
    class WhoListens {

        @Test
        void hearsHowLongEachQuestionTookAndWhatBecameOfIt() {
            remote.hold();
            store.acquireAsync(one());
            clock.advance(Duration.ofMillis(30));
            remote.letThrough();
            acquire(1, broken);
            remote.work();
            remote.hold();
            store.acquireAsync(one());
            clock.advance(TIMEOUT);
            assertThat(heard).containsExactly("redis ANSWERED 30ms", "redis FAILED 0ms", "redis TIMED_OUT 100ms");
        }

        @Test
        void hearsOfThoseForWhomTheStoreIsNotAsked() {
            open();
            heard.clear();
            acquire(1);
            store.acquireAsync(one());
            assertThat(heard).containsExactly("redis NOT_ASKED 0ms", "redis NOT_ASKED 0ms");
        }

        @Test
        void andFailsKeepsNobodyFromADecisionAndIsToldOnce() {
            try (FailSafeStore told = new FailSafeStore(
                    remote,
                    "redis",
                    clock,
                    TIMEOUT,
                    name -> StoreFailurePolicy.ALLOW,
                    local,
                    1,
                    (store, what, nanos) -> {
                        throw new IllegalStateException("no meters");
                    })) {
                for (int i = 0; i < 3; i++) {
                    assertThat(told.acquire(one()).reason()).isEqualTo(Reason.WITHIN_LIMIT);
                }
                remote.fail(broken);
                assertThat(told.acquire(one()).reason()).isEqualTo(Reason.STORE_UNAVAILABLE);
                assertThat(log.lines()).containsExactly("WARNING Whoever listens to store 'redis' fails; told once");
            }
        }
    }
}
