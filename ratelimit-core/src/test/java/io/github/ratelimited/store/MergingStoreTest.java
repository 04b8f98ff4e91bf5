package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class MergingStoreTest {

    private static final LimitName NAME = LimitName.of("a");
    private static final Limit LIMIT = Limit.of(1_000_000, Duration.ofDays(1));

    private final HeldStore remote = new HeldStore();
    private final MergingStore merging = new MergingStore(remote);

    private static Claim claim(String name, Limit limit, @Nullable String key, long cost) {
        return new Claim(LimitName.of(name), limit, key, cost, 0);
    }

    /** One whose cost tells which it is. */
    private static AcquireRequest request(@Nullable String key, long cost) {
        return AcquireRequest.of(claim("a", LIMIT, key, cost));
    }

    private CompletableFuture<Decision> ask(AcquireRequest request) {
        return merging.acquireAsync(request).toCompletableFuture();
    }

    private CompletableFuture<Decision> ask(long cost) {
        return ask(request("key", cost));
    }

    private List<CompletableFuture<Decision>> ask(long first, long last) {
        return LongStream.rangeClosed(first, last).mapToObj(this::ask).toList();
    }

    @AfterEach
    void nobodyIsUnderWay() {
        assertThat(merging.lines()).isZero();
    }

    @Nested
    class Trips {

        @Test
        void whoeverMeetsNoTripGoesAtOnceAndAlone() {
            CompletableFuture<Decision> caller = ask(1);
            assertThat(remote.trips()).containsExactly(List.of(1L));
            assertThat(caller).isNotDone();
            remote.answer(0);
            assertThat(caller.join().cost()).isEqualTo(1);
            assertThat(merging.lines()).isZero();

            ask(2);
            assertThat(remote.trips()).containsExactly(List.of(1L), List.of(2L));
            remote.answer(1);
        }

        @Test
        void thoseWhoComeMeanwhileShareTheNextInTheirOrder() {
            List<CompletableFuture<Decision>> callers = ask(1, 5);
            assertThat(remote.trips()).containsExactly(List.of(1L));
            remote.answer(0);
            assertThat(remote.trips()).containsExactly(List.of(1L), List.of(2L, 3L, 4L, 5L));
            assertThat(callers.get(0)).isDone();
            assertThat(callers.get(1)).isNotDone();
            remote.answer(1);
            assertThat(callers).extracting(caller -> caller.join().cost()).containsExactly(1L, 2L, 3L, 4L, 5L);
        }

        @Test
        void aTripTakesAThousandAndTheRestGoByTheNextWithWhoeverHasJoinedSince() {
            List<CompletableFuture<Decision>> callers = new ArrayList<>(ask(1, 1 + 1000 + 10));
            remote.answer(0);
            callers.addAll(ask(1012, 1015));
            remote.answer(1);
            assertThat(remote.trips().get(1))
                    .isEqualTo(LongStream.rangeClosed(2, 1001).boxed().toList());
            assertThat(remote.trips().get(2))
                    .isEqualTo(LongStream.rangeClosed(1002, 1015).boxed().toList());
            remote.answer(2);
            assertThat(callers)
                    .extracting(caller -> caller.join().cost())
                    .isEqualTo(LongStream.rangeClosed(1, 1015).boxed().toList());
        }

        @Test
        void otherKeysAndOtherSetsOfLimitsGoApart() {
            Claim other = claim("b", LIMIT, "key", 3);
            ask(request("key", 1));
            ask(request(null, 2));
            ask(AcquireRequest.of(other));
            ask(new AcquireRequest(List.of(other, claim("a", LIMIT, "key", 4))));
            assertThat(remote.trips()).hasSize(4);
            assertThat(merging.lines()).isEqualTo(4);

            ask(new AcquireRequest(List.of(claim("a", LIMIT, "key", 5), other)));
            assertThat(remote.trips())
                    .as("the same two limits, in whatever order")
                    .hasSize(4);
            remote.answerAll();
        }

        @Test
        void aLimitThatWasReplacedIsNotMixedWithTheFormerOne() {
            Limit replaced = Limit.of(7, Duration.ofDays(1));
            ask(1);
            ask(2);
            CompletableFuture<Decision> byNewNumbers = ask(AcquireRequest.of(claim("a", replaced, "key", 3)));
            ask(4);
            remote.answerAll();
            assertThat(remote.trips()).containsExactlyInAnyOrder(List.of(1L), List.of(3L), List.of(2L, 4L));
            assertThat(byNewNumbers.join().limit()).isEqualTo(replaced);
        }

        @Test
        void aDependentMayWaitForTheSameBucketInTheThreadThatBringsTheAnswer() {
            remote.atOnceFrom(1);
            CompletableFuture<Long> third =
                    ask(1).thenApply(first -> merging.acquire(request("key", 3)).cost());
            ask(2);
            remote.answer(0);
            assertThat(third).isCompletedWithValue(3L);
        }
    }

    @Nested
    class Failures {

        private final IllegalStateException down = new IllegalStateException("down");

        @Test
        void aTripThatFailsTakesItsCallersAlongAndTheNextIsSent() {
            List<CompletableFuture<Decision>> callers = ask(1, 3);
            remote.answer(0);
            CompletableFuture<Decision> joined = ask(4);
            remote.fail(1, down);
            assertThat(remote.trips()).hasSize(3);
            remote.answer(2);
            assertThat(callers.get(0).join().cost()).isEqualTo(1);
            assertThat(callers.subList(1, 3))
                    .allSatisfy(caller -> assertThatThrownBy(caller::join).hasCause(down));
            assertThat(joined.join().cost()).isEqualTo(4);
        }

        @Test
        void aStoreThatThrowsInsteadFailsTheSame() {
            List<CompletableFuture<Decision>> callers = ask(1, 3);
            remote.throwing = down;
            remote.answer(0);
            assertThat(callers.subList(1, 3))
                    .allSatisfy(caller -> assertThatThrownBy(caller::join).hasCause(down));
            assertThatThrownBy(() -> ask(4).join()).hasCause(down);
        }

        @Test
        void aWrongNumberOfAnswersIsAFailure() {
            List<CompletableFuture<Decision>> callers = ask(1, 3);
            remote.answer(0);
            remote.held.get(1).answer.complete(List.of());
            assertThat(callers.subList(1, 3))
                    .allSatisfy(
                            caller -> assertThatThrownBy(caller::join).hasMessageContaining("0 answers to 2 requests"));
        }

        @Test
        void noAnswerIsAFailure() {
            List<CompletableFuture<Decision>> callers = ask(1, 3);
            remote.held.get(0).answer.complete(null);
            remote.held.get(1).answer.complete(null);
            assertThat(callers).allMatch(CompletableFuture::isCompletedExceptionally);
        }

        @Test
        void theBlockingFormThrowsTheCauseItself() {
            remote.throwing = down;
            assertThatThrownBy(() -> merging.acquire(request("key", 1))).isSameAs(down);
        }

        @Test
        void theBlockingFormThrowsAnErrorItself() {
            Error worse = new StackOverflowError();
            remote.onTrip = () -> {
                throw worse;
            };
            assertThatThrownBy(() -> merging.acquire(request("key", 1))).isSameAs(worse);
        }

        @Test
        void areToldByTheirCauseIfThereIsOne() {
            CompletableFuture<Throwable> wrapped = ask(1).handle((decision, failure) -> failure);
            remote.fail(0, new CompletionException(down));
            assertThat(wrapped).isCompletedWithValue(down);

            RuntimeException empty = new CompletionException("empty", null);
            CompletableFuture<Throwable> bare = ask(2).handle((decision, failure) -> failure);
            remote.fail(1, empty);
            assertThat(bare).isCompletedWithValue(empty);
        }
    }

    @Nested
    class GivingUp {

        @Test
        void beforeTheTripLeavesTheRequestOut() {
            List<CompletableFuture<Decision>> callers = ask(1, 4);
            callers.get(2).cancel(false);
            remote.answer(0);
            assertThat(remote.trips()).containsExactly(List.of(1L), List.of(2L, 4L));
            remote.answer(1);
            assertThat(remote.refunded).isEmpty();
            assertThat(callers.get(3).join().cost()).isEqualTo(4);
        }

        @Test
        void ofAllWhoHadJoinedMakesNoTrip() {
            List<CompletableFuture<Decision>> callers = ask(1, 3);
            callers.get(1).cancel(false);
            callers.get(2).completeExceptionally(new IllegalStateException("lost interest"));
            remote.answer(0);
            assertThat(remote.trips()).containsExactly(List.of(1L));
        }

        @Test
        void laterGivesBackWhatWasGrantedAndNothingElse() {
            List<CompletableFuture<Decision>> callers = ask(1, 4);
            callers.get(0).cancel(false);
            remote.answer(0);
            callers.get(1).cancel(false);
            callers.get(2).cancel(false);
            remote.denied.add(3L);
            remote.answer(1);
            assertThat(remote.refunded).containsExactly(1L, 2L);
            assertThat(callers.get(3).join().allowed()).isTrue();
        }

        @Test
        void doesNotHarmOthersIfGivingBackFails() {
            List<CompletableFuture<Decision>> callers = ask(1, 3);
            remote.answer(0);
            callers.get(1).cancel(false);
            remote.throwing = new IllegalStateException("down");
            remote.answer(1);
            assertThat(callers.get(2).join().cost()).isEqualTo(3);
        }
    }

    @Nested
    class Waiting {

        @Test
        void isNotInterruptedAndKeepsTheFlag() throws Exception {
            CountDownLatch asked = new CountDownLatch(1);
            CompletableFuture<Boolean> flag = new CompletableFuture<>();
            remote.onTrip = asked::countDown;
            Thread caller = new Thread(() -> {
                Thread.currentThread().interrupt();
                Decision decision = merging.acquire(request("key", 1));
                flag.complete(decision.allowed() && Thread.currentThread().isInterrupted());
            });
            caller.start();
            asked.await();
            caller.interrupt();
            remote.answer(0);
            assertThat(flag.get(1, TimeUnit.MINUTES)).isTrue();
        }
    }

    @Nested
    class Lists {

        private CompletableFuture<List<Decision>> askAll(AcquireRequest... requests) {
            return merging.acquireAll(List.of(requests)).toCompletableFuture();
        }

        @Test
        void joinOneByOneAndAreAnsweredInOrder() {
            CompletableFuture<List<Decision>> all =
                    askAll(request("x", 1), request("y", 2), request("x", 3), request("x", 4));
            assertThat(remote.trips()).containsExactly(List.of(1L), List.of(2L));
            remote.answerAll();
            assertThat(remote.trips()).containsExactly(List.of(1L), List.of(2L), List.of(3L, 4L));
            assertThat(all.join()).extracting(Decision::cost).containsExactly(1L, 2L, 3L, 4L);
            assertThat(remote.refunded).isEmpty();
            assertThat(askAll().join()).isEmpty();
        }

        @Test
        void failWithTheCauseOfOneAndGiveBackTheOthers() {
            IllegalStateException down = new IllegalStateException("down");
            CompletableFuture<List<Decision>> all = askAll(request("x", 1), request("y", 2), request("z", 3));
            remote.denied.add(3L);
            remote.answer(0);
            remote.fail(1, down);
            assertThat(all).isNotDone();
            remote.answer(2);
            assertThatThrownBy(all::join).hasCause(down);
            assertThat(remote.refunded).containsExactly(1L);
        }

        @Test
        void givenUpAreGivenUpOneByOne() {
            CompletableFuture<List<Decision>> all = askAll(request("x", 1), request("y", 2), request("x", 3));
            remote.answer(1);
            all.cancel(false);
            remote.answer(0);
            assertThat(remote.trips()).as("3 is left out").containsExactly(List.of(1L), List.of(2L));
            assertThat(remote.refunded).containsExactlyInAnyOrder(1L, 2L);
            assertThatThrownBy(all::join).isInstanceOf(CancellationException.class);
        }
    }

    @Nested
    class StoresThatAnswerAtOnce {

        @Test
        void makeNoStackGrow() {
            List<CompletableFuture<Decision>> callers = ask(1, 100_000);
            remote.atOnceFrom(1);
            remote.answer(0);
            assertThat(remote.trips()).hasSize(101);
            assertThat(callers)
                    .extracting(caller -> caller.join().cost())
                    .isEqualTo(LongStream.rangeClosed(1, 100_000).boxed().toList());
        }

        /**
         * Each trip, while it is made, lets one more join: only a line of their own frees the first caller, after the trip
         * of his own, as many as he has patience for, and the one for those who have joined by then.
         */
        @Test
        void doNotKeepTheFirstCallerForEver() {
            remote.atOnceFrom(0);
            int[] alone = {0};
            remote.onTrip = () -> {
                if (merging.lines() == 0 || remote.held.size() >= 10_000) {
                    alone[0] = remote.held.size();
                    remote.onTrip = () -> {};
                } else {
                    ask(1);
                }
            };
            ask(1);
            assertThat(alone[0]).isEqualTo(1 + TripLine.PATIENCE + 1);
        }
    }

    @Test
    void aPeekThatIsAskedAsynchronouslyHoldsNobody() {
        FakeRemoteStore slow = new FakeRemoteStore(new MutableTimeSource());
        slow.hold();
        CompletionStage<Decision> peeked = new MergingStore(slow).peekAsync(claim("a", LIMIT, "key", 1));
        assertThat(peeked.toCompletableFuture()).isNotDone();
        slow.letThrough();
        assertThat(peeked.toCompletableFuture()).isCompleted();
    }

    @Test
    void passesTheRestThrough() {
        AcquireRequest request = request("key", 5);
        merging.refund(request, remote.decide(request));
        assertThat(remote.refunded).containsExactly(5L);
        assertThat(merging.peek(claim("a", LIMIT, "key", 6)).cost()).isEqualTo(6);
        merging.reset(NAME, "key");
        assertThat(remote.reset).containsExactly("a key");
        merging.giveBack(claim("a", LIMIT, "key", 7));
        assertThat(remote.givenBack).containsExactly(7L);
        assertThat(merging.claim(NAME, LIMIT, "key", 1, 0)).isInstanceOf(HeldStore.OwnClaim.class);
        assertThat(merging.turnAt(remote.decide(request), new MutableTimeSource()))
                .isEqualTo(42);
        assertThat(merging.answersAtOnce()).isFalse();
    }

    /** 32 threads ask 100,000 times for 60,000 permits, each for some while without waiting for the answers. */
    @Test
    void nothingIsLostOrMadeOrOvertakenWhenManyThreadsCall() throws Exception {
        int threads = 32;
        int calls = 3125;
        int permits = 60_000;
        Limit limit = Limit.of(permits, Duration.ofDays(1));
        AcquireRequest request = AcquireRequest.of(claim("a", limit, "key", 1));
        ExecutorService hop = Executors.newSingleThreadExecutor();
        ExecutorService callers = Executors.newFixedThreadPool(threads);
        try {
            MemoryLimiterStore memory = new MemoryLimiterStore(new MutableTimeSource(), 10);
            MergingStore store = new MergingStore(new HoppingStore(memory, hop));
            List<Future<List<CompletableFuture<Decision>>>> asked = IntStream.range(0, threads)
                    .mapToObj(thread -> callers.submit(() -> {
                        List<CompletableFuture<Decision>> mine = new ArrayList<>();
                        for (int call = 1; call <= calls; call++) {
                            mine.add(store.acquireAsync(request).toCompletableFuture());
                            if (call % 25 == 0) {
                                mine.get(call - 1).join();
                            }
                        }
                        return mine;
                    }))
                    .toList();
            List<Long> granted = new ArrayList<>();
            for (Future<List<CompletableFuture<Decision>>> of : asked) {
                List<Decision> decisions = new ArrayList<>();
                for (CompletableFuture<Decision> one : of.get(1, TimeUnit.MINUTES)) {
                    decisions.add(one.get(1, TimeUnit.MINUTES));
                }
                List<Long> remaining = decisions.stream()
                        .map(decision -> decision.allowed() ? decision.remaining() : -1)
                        .toList();
                assertThat(decisions).hasSize(calls);
                assertThat(remaining).isSortedAccordingTo((a, b) -> Long.compare(b, a));
                remaining.stream().filter(left -> left >= 0).forEach(granted::add);
            }
            granted.sort(null);
            assertThat(granted)
                    .as("each permit to somebody, once")
                    .isEqualTo(LongStream.range(0, permits).boxed().toList());
            assertThat(store.lines()).isZero();
        } finally {
            callers.shutdownNow();
            hop.shutdownNow();
        }
    }

    /** Answers when told, or at once. */
    static final class HeldStore implements LimiterStore {

        record Trip(List<AcquireRequest> requests, CompletableFuture<List<Decision>> answer) {}

        final List<Trip> held = new ArrayList<>();
        final List<Long> denied = new ArrayList<>();
        final List<Long> refunded = new ArrayList<>();
        final List<String> reset = new ArrayList<>();
        final List<Long> givenBack = new ArrayList<>();
        Runnable onTrip = () -> {};

        @Nullable
        RuntimeException throwing;

        private int atOnceFrom = Integer.MAX_VALUE;

        List<List<Long>> trips() {
            return held.stream()
                    .map(trip -> trip.requests().stream().map(HeldStore::cost).toList())
                    .toList();
        }

        void atOnceFrom(int trip) {
            atOnceFrom = trip;
        }

        void answer(int trip) {
            Trip told = held.get(trip);
            told.answer.complete(told.requests.stream().map(this::decide).toList());
        }

        void answerAll() {
            for (int trip = 0; trip < held.size(); trip++) {
                answer(trip);
            }
        }

        void fail(int trip, RuntimeException failure) {
            held.get(trip).answer.completeExceptionally(failure);
        }

        private static long cost(AcquireRequest request) {
            return request.claims().get(0).cost();
        }

        Decision decide(AcquireRequest request) {
            Claim claim = request.claims().get(0);
            return denied.contains(claim.cost())
                    ? Decision.overLimit("a", claim.limit(), claim.cost(), 0, 1, 1)
                    : Decision.allowed("a", claim.limit(), claim.cost(), 0, 0, 0, 0, 0);
        }

        private CompletableFuture<List<Decision>> send(List<AcquireRequest> requests) {
            if (throwing != null) {
                throw throwing;
            }
            held.add(new Trip(requests, new CompletableFuture<>()));
            int trip = held.size() - 1;
            onTrip.run();
            if (trip >= atOnceFrom) {
                answer(trip);
            }
            return held.get(trip).answer;
        }

        @Override
        public Decision acquire(AcquireRequest request) {
            throw new AssertionError("this holds the thread");
        }

        @Override
        public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
            return send(List.of(request)).thenApply(decisions -> decisions == null ? null : decisions.get(0));
        }

        @Override
        public CompletionStage<List<Decision>> acquireAll(List<AcquireRequest> requests) {
            return send(requests);
        }

        @Override
        public void refund(AcquireRequest request, Decision decision) {
            if (throwing != null) {
                throw throwing;
            }
            refunded.add(cost(request));
        }

        @Override
        public long turnAt(Decision reserved, TimeSource timeSource) {
            return 42;
        }

        @Override
        public Decision peek(Claim claim) {
            return decide(AcquireRequest.of(claim));
        }

        @Override
        public void giveBack(Claim claim) {
            givenBack.add(claim.cost());
        }

        @Override
        public void reset(LimitName name, @Nullable String key) {
            reset.add(name.id() + " " + key);
        }

        @Override
        public Claim claim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
            return new OwnClaim(name, limit, key, cost, maxWaitNanos);
        }

        static final class OwnClaim extends Claim {

            OwnClaim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
                super(name, limit, key, cost, maxWaitNanos);
            }
        }
    }

    /** Answers as another store does, in the one thread of an executor. */
    private record HoppingStore(LimiterStore store, ExecutorService hop) implements LimiterStore {

        @Override
        public Decision acquire(AcquireRequest request) {
            return store.acquire(request);
        }

        @Override
        public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
            return CompletableFuture.supplyAsync(() -> store.acquire(request), hop);
        }

        @Override
        public CompletionStage<List<Decision>> acquireAll(List<AcquireRequest> requests) {
            return CompletableFuture.supplyAsync(
                    () -> requests.stream().map(store::acquire).toList(), hop);
        }

        @Override
        public void refund(AcquireRequest request, Decision decision) {
            store.refund(request, decision);
        }

        @Override
        public Decision peek(Claim claim) {
            return store.peek(claim);
        }

        @Override
        public void giveBack(Claim claim) {
            store.giveBack(claim);
        }

        @Override
        public void reset(LimitName name, @Nullable String key) {
            store.reset(name, key);
        }
    }
}
