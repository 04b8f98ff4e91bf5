package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class WaitingTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofDays(1);
    private static final Duration ONE_NANO = Duration.ofNanos(1);

    private final MutableTimeSource time = new MutableTimeSource(-3_000_000_000L);
    private final RateLimiter limiter = RateLimiter.create(Limit.of(1, SECOND), time);
    private final List<String> order = Collections.synchronizedList(new ArrayList<>());

    @Nested
    class AFuture {

        @Test
        void isCompleteAtOnceIfThereIsAPermit() {
            assertThat(limiter.acquireAsync()).isCompleted();
        }

        @ParameterizedTest
        @EnumSource
        void completesExactlyAtItsTurnAndNotANanosecondEarlier(Algorithm algorithm) {
            RateLimiter three = RateLimiter.create(Limit.of(3, SECOND).withAlgorithm(algorithm), time);
            assertThat(three.tryAcquire(3)).isTrue();
            Duration wait = three.peek().retryAfter();
            assertThat(wait).isPositive();
            CompletableFuture<Void> turn = three.acquireAsync();
            time.advance(wait.minus(ONE_NANO));
            assertThat(turn).isNotDone();
            time.advance(ONE_NANO);
            assertThat(turn).isCompleted();
        }

        @Test
        void tellsHowItWasAllowed() {
            limiter.acquireAsync().join();
            CompletableFuture<Decision> turn = limiter.acquireAsync(1, LONG);
            time.advance(SECOND);
            assertThat(turn.join().waitTime()).isEqualTo(SECOND);
        }

        @Test
        void isNotHeldByTheTurnThatItHasLeftToAnother() {
            limiter.acquireAsync().join();
            CompletableFuture<Void> leaves = limiter.acquireAsync();
            CompletableFuture<Void> stays = limiter.acquireAsync();
            leaves.cancel(true);
            WeakReference<CompletableFuture<Void>> left = new WeakReference<>(leaves);
            leaves = null;
            for (int tries = 0; tries < 20 && left.get() != null; tries++) {
                System.gc();
            }
            assertThat(left.get()).isNull();
            assertThat(stays).isNotDone();
        }

        @Test
        void comesInOrderOfArrival() {
            List<CompletableFuture<Void>> turns = futures(10);
            for (int i = 1; i < 10; i++) {
                time.advance(SECOND);
                assertThat(turns.subList(0, i + 1)).allMatch(CompletableFuture::isDone);
                assertThat(turns.subList(i + 1, 10)).noneMatch(CompletableFuture::isDone);
            }
            assertThat(order).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        }

        @Test
        void comesInOrderOfArrivalWhenManyTurnsPassAtOnce() {
            futures(10);
            time.advance(LONG);
            assertThat(order).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        }

        @Test
        void failsAtOnceIfItsWaitDoesNotFit() {
            limiter.acquireAsync().join();
            CompletableFuture<Decision> hopeless = limiter.acquireAsync(1, SECOND.minus(ONE_NANO));
            assertThat(hopeless).isCompletedExceptionally();
            assertThatExceptionOfType(CompletionException.class)
                    .isThrownBy(hopeless::join)
                    .withCauseInstanceOf(RateLimitExceededException.class);
            time.advance(SECOND);
            assertThat(limiter.tryAcquire()).as("the hopeless one took nothing").isTrue();
        }

        @Test
        void failsAtOnceForACostThatTheLimitNeverHolds() {
            assertThatExceptionOfType(CompletionException.class)
                    .isThrownBy(() -> limiter.acquireAsync(2, LONG).join())
                    .withCauseInstanceOf(RateLimitExceededException.class);
        }

        @Test
        void ofNothingIsRefused() {
            assertThatIllegalArgumentException().isThrownBy(() -> limiter.acquireAsync(0, LONG));
        }

        @Test
        void mayAskAgainFromItsContinuation() {
            limiter.acquireAsync().join();
            CompletableFuture<Void> twice = limiter.acquireAsync().thenCompose(first -> limiter.acquireAsync());
            time.advance(SECOND.multipliedBy(2).minus(ONE_NANO));
            assertThat(twice).isNotDone();
            time.advance(ONE_NANO);
            assertThat(twice).isCompleted();
        }

        @Test
        void holdsUpNobodyWhenItsContinuationFails() {
            limiter.acquireAsync().join();
            CompletableFuture<Void> failing = limiter.acquireAsync().thenRun(() -> {
                throw new IllegalStateException("from user code");
            });
            CompletableFuture<Void> next = limiter.acquireAsync();
            time.advance(SECOND.multipliedBy(2));
            assertThat(failing).isCompletedExceptionally();
            assertThat(next).isCompleted();
        }
    }

    @Nested
    class WhoGivesUp {

        private final List<CompletableFuture<Void>> turns = futures(5);

        @Test
        void byCancellingGivesThePermitBackAndThoseBehindMoveUp() {
            assertThat(turns.get(2).cancel(false)).isTrue();
            turnsComeAfterSeconds(1, 0, 2, 3);
            assertThatExceptionOfType(CancellationException.class)
                    .isThrownBy(() -> turns.get(2).join());
        }

        @Test
        void atTheFrontLetsTheNextHaveHisTurn() {
            turns.get(1).cancel(true);
            turnsComeAfterSeconds(0, 1, 2, 3);
        }

        @Test
        void atTheEndLeavesThePermitToWhoeverComes() {
            turns.get(4).cancel(true);
            turnsComeAfterSeconds(1, 2, 3, 0);
            time.advance(SECOND);
            assertThat(limiter.tryAcquire()).isTrue();
        }

        @Test
        void byATimeoutGivesThePermitBackToo() {
            assertThat(turns.get(2).completeExceptionally(new TimeoutException()))
                    .isTrue();
            turnsComeAfterSeconds(1, 0, 2, 3);
            assertThat(turns.get(2)).isCompletedExceptionally();
        }

        @Test
        void byCompletingTheFutureByHandGivesThePermitBackToo() {
            assertThat(turns.get(2).complete(null)).isTrue();
            turnsComeAfterSeconds(1, 0, 2, 3);
            assertThat(turns.get(2)).isCompleted();
        }

        @Test
        void byCompletingTheFutureInAnotherThreadGivesThePermitBackToo() {
            turns.get(2).completeAsync(() -> null, Runnable::run).join();
            turnsComeAfterSeconds(1, 0, 2, 3);
        }

        @Test
        void twiceGivesThePermitBackOnce() {
            assertThat(turns.get(2).cancel(false)).isTrue();
            assertThat(turns.get(2).cancel(false)).as("still cancelled").isTrue();
            assertThat(turns.get(2).complete(null)).isFalse();
            assertThat(turns.get(2).completeExceptionally(new TimeoutException()))
                    .isFalse();
            turnsComeAfterSeconds(1, 0, 2, 3);
        }

        @Test
        void afterHisTurnHasHadHisPermit() {
            time.advance(SECOND);
            assertThat(turns.get(1).cancel(true)).isFalse();
            assertThat(turns.get(1).complete(null)).isFalse();
            assertThat(limiter.tryAcquire()).isFalse();
            assertThat(turns.get(1)).isCompleted();
        }

        @Test
        void togetherWithAllOthersLeavesNothingTaken() {
            for (int i = 1; i < 5; i++) {
                assertThat(turns.get(i).cancel(true)).isTrue();
            }
            assertThat(limiter.peek().retryAfter()).isEqualTo(SECOND);
            time.advance(SECOND);
            assertThat(limiter.tryAcquire()).isTrue();
            assertThat(limiter.tryAcquire()).isFalse();
        }

        @Test
        void inAnyOrderLeavesNothingTaken() {
            for (int i : new int[] {3, 1, 4, 2}) {
                turns.get(i).cancel(true);
            }
            assertThat(limiter.peek().retryAfter()).isEqualTo(SECOND);
        }

        @Test
        void makesRoomForANewcomerBehindTheOthers() {
            turns.get(2).cancel(true);
            CompletableFuture<Decision> newcomer = limiter.acquireAsync(1, Duration.ofSeconds(4));
            time.advance(Duration.ofSeconds(4).minus(ONE_NANO));
            assertThat(newcomer).isNotDone();
            time.advance(ONE_NANO);
            assertThat(newcomer).isCompleted();
        }

        /** When the turns of the waiters 1 to 4 come; 0 = not any more. */
        private void turnsComeAfterSeconds(int... seconds) {
            for (int second = 1; second <= 5; second++) {
                time.advance(SECOND.minus(ONE_NANO));
                for (int i = 1; i <= 4; i++) {
                    if (seconds[i - 1] >= second) {
                        assertThat(turns.get(i)).as("waiter %d", i).isNotDone();
                    }
                }
                time.advance(ONE_NANO);
                for (int i = 1; i <= 4; i++) {
                    if (seconds[i - 1] == second) {
                        assertThat(turns.get(i)).as("waiter %d", i).isCompleted();
                    }
                }
            }
        }
    }

    @Nested
    class AThread {

        @Test
        void goesOnAtOnceIfThereIsAPermit() throws Exception {
            limiter.acquire();
            assertThat(limiter.tryAcquire()).isFalse();
        }

        @Test
        void sleepsUntilItsTurn() throws Exception {
            limiter.acquire();
            Thread waiter = waiter("a");
            awaitParked(1);
            time.advance(SECOND.minus(ONE_NANO));
            awaitParked(1);
            assertThat(order).isEmpty();
            time.advance(ONE_NANO);
            waiter.join();
            assertThat(order).containsExactly("a");
            assertThat(limiter.tryAcquire()).isFalse();
        }

        @Test
        void comesInOrderOfArrival() throws Exception {
            limiter.acquire();
            List<Thread> waiters = new ArrayList<>();
            for (int i = 1; i <= 5; i++) {
                waiters.add(waiter("" + i));
                awaitParked(i);
            }
            for (Thread waiter : waiters) {
                time.advance(SECOND);
                waiter.join();
            }
            assertThat(order).containsExactly("1", "2", "3", "4", "5");
        }

        @Test
        void isDeniedAtOnceIfItsWaitDoesNotFit() throws Exception {
            limiter.acquire();
            assertThatExceptionOfType(RateLimitExceededException.class)
                    .isThrownBy(() -> limiter.acquire(1, SECOND.minus(ONE_NANO)))
                    .satisfies(denied -> assertThat(denied.getRetryAfter()).isEqualTo(SECOND));
        }

        @Test
        void thatIsInterruptedGivesItsPermitBackAndThoseBehindMoveUp() throws Exception {
            limiter.acquire();
            Thread first = waiter("first");
            awaitParked(1);
            CompletableFuture<Void> behind = limiter.acquireAsync();
            first.interrupt();
            first.join();
            assertThat(order).containsExactly("first interrupted");
            time.advance(SECOND.minus(ONE_NANO));
            assertThat(behind).isNotDone();
            time.advance(ONE_NANO);
            assertThat(behind).isCompleted();
        }

        @Test
        void thatIsInterruptedBeforeItAsksTakesNothing() {
            Thread.currentThread().interrupt();
            assertThatExceptionOfType(InterruptedException.class).isThrownBy(limiter::acquire);
            assertThat(Thread.interrupted()).isFalse();
            assertThat(limiter.tryAcquire()).isTrue();
        }

        @Test
        void movesUpWhenSomebodyBeforeItGivesUp() throws Exception {
            limiter.acquire();
            CompletableFuture<Void> before = limiter.acquireAsync();
            Thread waiter = waiter("thread");
            awaitParked(1);
            before.cancel(true);
            time.advance(SECOND);
            waiter.join();
            assertThat(order).containsExactly("thread");
        }

        @Test
        void movesUpWhenAThreadBeforeItIsInterrupted() throws Exception {
            limiter.acquire();
            Thread first = waiter("first");
            awaitParked(1);
            Thread second = waiter("second");
            awaitParked(2);
            Thread third = waiter("third");
            awaitParked(3);
            first.interrupt();
            first.join();
            time.advance(SECOND);
            second.join();
            time.advance(SECOND);
            third.join();
            assertThat(order).containsExactly("first interrupted", "second", "third");
        }

        @Test
        void isNotWokenByAnUnparkThatIsNotMeantForIt() throws Exception {
            limiter.acquire();
            Thread waiter = waiter("a");
            awaitParked(1);
            LockSupport.unpark(waiter);
            awaitParked(1);
            assertThat(order).isEmpty();
            time.advance(SECOND);
            waiter.join();
        }

        @Test
        void stopsWaitingForALimitThatIsGivenUpByNobodyElse() throws Exception {
            limiter.acquire();
            Thread waiter = waiter("a");
            awaitParked(1);
            waiter.interrupt();
            waiter.join();
            assertThat(limiter.peek().retryAfter()).isEqualTo(SECOND);
        }
    }

    @Nested
    class OneLine {

        @Test
        void takesThreadsAndFuturesInTheirOrder() throws Exception {
            limiter.acquire();
            onTurn(limiter.acquireAsync(), () -> order.add("future 1"));
            Thread thread2 = waiter("thread 2");
            awaitParked(1);
            onTurn(limiter.acquireAsync(), () -> order.add("future 3"));
            Thread thread4 = waiter("thread 4");
            awaitParked(2);
            onTurn(limiter.acquireAsync(), () -> order.add("future 5"));
            time.advance(SECOND);
            time.advance(SECOND);
            thread2.join();
            time.advance(SECOND);
            time.advance(SECOND);
            thread4.join();
            time.advance(SECOND);
            assertThat(order).containsExactly("future 1", "thread 2", "future 3", "thread 4", "future 5");
        }

        @Test
        void ofAnotherKeyIsAnother() {
            RateLimiter anna = limiter.forKey("anna");
            RateLimiter bert = limiter.forKey("bert");
            anna.acquireAsync().join();
            CompletableFuture<Void> waiting = anna.acquireAsync();
            assertThat(bert.acquireAsync()).isCompleted();
            time.advance(SECOND);
            assertThat(waiting).isCompleted();
        }

        @Test
        void ofVirtualThreadsWorksAlike() throws Exception {
            Method ofVirtual = ofVirtual();
            assumeTrue(ofVirtual != null, "virtual threads need Java 21");
            Method startVirtualThread = Thread.class.getMethod("startVirtualThread", Runnable.class);
            limiter.acquire();
            List<Thread> threads = new ArrayList<>();
            for (int i = 1; i <= 200; i++) {
                String name = "" + i;
                threads.add((Thread) startVirtualThread.invoke(null, (Runnable) () -> acquire(name)));
                awaitParked(i);
            }
            for (Thread thread : threads) {
                time.advance(SECOND);
                thread.join();
            }
            assertThat(order).hasSize(200).first().isEqualTo("1");
            assertThat(order).isSortedAccordingTo((a, b) -> Integer.compare(Integer.parseInt(a), Integer.parseInt(b)));
        }

        @Test
        void ofAHundredThousandFuturesCompletesInOrderAndHoldsNoThread() {
            int waiters = 100_000;
            RateLimiter fast = RateLimiter.create(Limit.of(1_000, SECOND).withBurst(1), time);
            int threadsBefore = Thread.activeCount();
            List<Integer> completed = new ArrayList<>(waiters);
            for (int i = 0; i < waiters; i++) {
                int number = i;
                onTurn(fast.acquireAsync(), () -> completed.add(number));
            }
            assertThat(Thread.activeCount()).isLessThanOrEqualTo(threadsBefore + 2);
            assertThat(completed).hasSize(1);
            time.advance(Duration.ofSeconds(50));
            assertThat(completed).hasSize(50_001);
            time.advance(Duration.ofSeconds(50));
            assertThat(completed).hasSize(waiters);
            for (int i = 0; i < waiters; i++) {
                assertThat(completed.get(i)).isEqualTo(i);
            }
        }

        private static Method ofVirtual() {
            try {
                return Thread.class.getMethod("ofVirtual");
            } catch (NoSuchMethodException olderJava) {
                return null;
            }
        }
    }

    @Nested
    class TryAcquire {

        @Test
        void reservesAndTellsTheWaitWithoutWaiting() {
            limiter.tryAcquire();
            assertThat(limiter.tryAcquire(1, LONG).waitTime()).isEqualTo(SECOND);
            assertThat(limiter.tryAcquire(1, LONG).waitTime()).isEqualTo(SECOND.multipliedBy(2));
        }

        @Test
        void waitsForEverIfSoAsked() {
            limiter.tryAcquire();
            assertThat(limiter.tryAcquire(1, Duration.ofSeconds(Long.MAX_VALUE)).allowed())
                    .isTrue();
            assertThat(limiter.tryAcquire(1, Duration.ofSeconds(Long.MIN_VALUE)).allowed())
                    .isFalse();
        }

        @Test
        void canBeGivenBack() {
            Decision taken = limiter.tryAcquire(1, Duration.ZERO);
            limiter.refund(taken);
            limiter.refund(taken);
            assertThat(limiter.tryAcquire()).isTrue();
            assertThat(limiter.tryAcquire()).isFalse();
        }

        @Test
        void ofNothingIsRefused() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> limiter.tryAcquire(0))
                    .withMessageContaining("cost = 0");
            assertThatIllegalArgumentException().isThrownBy(() -> limiter.tryAcquire(-1, LONG));
        }
    }

    /** The one test of real time: nobody goes on before his turn, and all go on some time. */
    @Test
    void onTheMachinesClockNobodyGoesOnBeforeHisTurn() throws Exception {
        RateLimiter real = RateLimiter.create(Limit.of(200, SECOND).withBurst(1), TimeSource.system());
        long before = System.nanoTime();
        real.acquire();
        List<CompletableFuture<Long>> turns = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            turns.add(real.acquireAsync(1, LONG).thenApply(decision -> System.nanoTime() - before));
        }
        real.acquire();
        assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(6 * 5_000_000L);
        for (int i = 0; i < 5; i++) {
            assertThat(turns.get(i).get(30, TimeUnit.SECONDS)).isGreaterThanOrEqualTo((i + 1) * 5_000_000L);
        }
    }

    private List<CompletableFuture<Void>> futures(int count) {
        List<CompletableFuture<Void>> turns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String name = "" + i;
            CompletableFuture<Void> turn = limiter.acquireAsync();
            onTurn(turn, () -> order.add(name));
            turns.add(turn);
        }
        return turns;
    }

    private static void onTurn(CompletableFuture<Void> turn, Runnable then) {
        CompletableFuture<Void> unused = turn.thenRun(then);
    }

    private Thread waiter(String name) {
        Thread thread = new Thread(() -> acquire(name), name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void acquire(String name) {
        try {
            limiter.acquire();
            order.add(name);
        } catch (InterruptedException e) {
            order.add(name + " interrupted");
        }
    }

    private void awaitParked(int threads) {
        while (time.parkedThreads() != threads) {
            Thread.onSpinWait();
        }
    }

    @Nested
    class ALineThatOutlivesAChangeOfItsLimit {

        @Test
        void givesATurnBackByTheNumbersByWhichItWasReserved() {
            MutableTimeSource clock = new MutableTimeSource();
            StoreRateLimiterRegistry registry =
                    new StoreRateLimiterRegistry(new Admission(new MemoryLimiterStore(clock, 10), clock));
            registry.declare(LimitName.of("a"), Limit.of(1, Duration.ofSeconds(1)), 0, "here");
            RateLimiter limiter = registry.get("a");
            limiter.tryAcquire();
            CompletableFuture<Void> first = limiter.acquireAsync();
            registry.replace("a", Limit.of(1, Duration.ofSeconds(2)));
            Duration before = limiter.peek().retryAfter();
            CompletableFuture<Void> second = limiter.acquireAsync();
            assertThat(limiter.peek().retryAfter()).isGreaterThan(before);
            assertThat(second.cancel(false)).isTrue();
            assertThat(limiter.peek().retryAfter()).isEqualTo(before);
            assertThat(first).isNotDone();
        }
    }
}
