package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitMode;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A limit that is changed while callers wait under it: nobody is lost, nobody goes too early. */
@Timeout(60)
class ChangeWhileWaitingTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofDays(1);
    private static final LimitName NAME = LimitName.of("a");

    private final MutableTimeSource time = new MutableTimeSource(-7_000_000_000L);
    private final LimitPolicies policies = new LimitPolicies();
    private final MemoryLimiterStore memory = new MemoryLimiterStore(time, 1_000);

    private StoreRateLimiterRegistry registry(LimiterStore store, Limit limit) {
        Admission admission = new Admission(new ModeStore(store, policies), time);
        StoreRateLimiterRegistry registry = new StoreRateLimiterRegistry(admission, Map.of(), policies, null, null);
        registry.declare(NAME, limit, 0, "a test");
        return registry;
    }

    /** After how many seconds each is done, looked at so often a second. */
    private List<Double> doneAfter(List<CompletableFuture<Decision>> turns, int perSecond, int seconds) {
        Double[] done = new Double[turns.size()];
        for (int step = 0; step <= seconds * perSecond; step++) {
            for (int i = 0; i < done.length; i++) {
                if (done[i] == null && turns.get(i).isDone()) {
                    done[i] = (double) step / perSecond;
                }
            }
            time.advance(SECOND.dividedBy(perSecond));
        }
        return List.of(done);
    }

    private static List<CompletableFuture<Decision>> waiting(RateLimiter limiter, int count) {
        List<CompletableFuture<Decision>> turns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            turns.add(limiter.acquireAsync(1, LONG));
        }
        return turns;
    }

    @Test
    void aFasterLimitLetsThemGoSoonerInTheirOrder() {
        StoreRateLimiterRegistry registry = registry(memory, Limit.of(1, SECOND));
        List<CompletableFuture<Decision>> turns = waiting(registry.get("a"), 6);
        assertThat(turns.get(0)).isCompleted();
        registry.replace("a", Limit.of(10, SECOND).withBurst(1));
        assertThat(doneAfter(turns, 10, 2)).containsExactly(0.0, 0.1, 0.2, 0.3, 0.4, 0.5);
    }

    @Test
    void aSlowerLimitHoldsThemBack() {
        StoreRateLimiterRegistry registry =
                registry(memory, Limit.of(10, SECOND).withBurst(1));
        List<CompletableFuture<Decision>> turns = waiting(registry.get("a"), 4);
        registry.replace("a", Limit.of(1, SECOND));
        assertThat(doneAfter(turns, 10, 5)).containsExactly(0.0, 1.0, 2.0, 3.0);
    }

    /** A thread that has woken early sleeps until the turn that holds then, and may get the earlier one back meanwhile. */
    @Test
    void aThreadIsWokenForATurnThatIsEarlierThanTheOneItSleepsUntil() {
        AtomicInteger sleeps = new AtomicInteger();
        AtomicReference<StoreRateLimiterRegistry> limits = new AtomicReference<>();
        TimeSource changing = new TimeSource() {
            @Override
            public long nanoTime() {
                return time.nanoTime();
            }

            @Override
            public void parkUntil(Object blocker, long deadline) {
                int sleep = sleeps.incrementAndGet();
                if (sleep <= 2) {
                    limits.get().replace("a", Limit.of(1, sleep == 1 ? SECOND.multipliedBy(2) : SECOND));
                }
                if (sleep > 1) {
                    time.parkUntil(blocker, deadline);
                }
            }

            @Override
            public Future<?> schedule(Runnable task, long delayNanos) {
                return time.schedule(task, delayNanos);
            }
        };
        Admission admission = new Admission(new ModeStore(memory, policies), changing);
        limits.set(new StoreRateLimiterRegistry(admission, Map.of(), policies, null, null));
        limits.get().declare(NAME, Limit.of(1, SECOND), 0, "a test");
        RateLimiter limiter = limits.get().get("a");
        assertThat(limiter.tryAcquire()).isTrue();
        CompletableFuture<Decision> turn = CompletableFuture.supplyAsync(() -> {
            try {
                return limiter.acquire(1, LONG);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        time.awaitParkedThreads(1);
        time.advance(SECOND);
        assertThat(turn).succeedsWithin(Duration.ofSeconds(20));
        assertThat(sleeps).hasValue(2);
    }

    @Test
    void whatHasBeenConsumedStaysConsumedInProportion() {
        StoreRateLimiterRegistry registry = registry(memory, Limit.of(10, SECOND));
        RateLimiter limiter = registry.get("a");
        assertThat(limiter.tryAcquire(5)).isTrue();
        registry.replace("a", Limit.of(100, SECOND));
        assertThat(limiter.peek().remaining()).isEqualTo(50);
        assertThat(limiter.peek().limit()).isEqualTo(Limit.of(100, SECOND));
    }

    @Test
    void whoWouldWaitLongerThanHeWantsToIsDeniedAndTold() {
        StoreRateLimiterRegistry registry = registry(memory, Limit.of(1, SECOND));
        RateLimiter limiter = registry.get("a");
        limiter.tryAcquire();
        CompletableFuture<Decision> patient = limiter.acquireAsync(1, LONG);
        CompletableFuture<Decision> hasty = limiter.acquireAsync(1, SECOND.multipliedBy(3));
        time.advance(SECOND.dividedBy(2));
        registry.replace("a", Limit.of(1, SECOND.multipliedBy(2)));
        assertThat(hasty).isCompletedExceptionally();
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(hasty::join)
                .withCauseInstanceOf(RateLimitExceededException.class)
                .withMessageContaining("1 per 2s");
        time.advance(SECOND.multipliedBy(2).minusNanos(1));
        assertThat(patient).isNotDone();
        time.advance(Duration.ofNanos(1));
        assertThat(patient)
                .as("half a permit that was taken counts as a whole one")
                .isCompleted();
        time.advance(SECOND.multipliedBy(2));
        assertThat(limiter.tryAcquire()).as("the denied one took nothing").isTrue();
    }

    @Test
    void threadsAreMovedLikeFutures() throws Exception {
        StoreRateLimiterRegistry registry = registry(memory, Limit.of(1, SECOND.multipliedBy(100)));
        RateLimiter limiter = registry.get("a");
        limiter.tryAcquire();
        List<CompletableFuture<Decision>> done = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            CompletableFuture<Decision> each = new CompletableFuture<>();
            done.add(each);
            Thread thread = new Thread(() -> {
                try {
                    each.complete(limiter.acquire(1, LONG));
                } catch (InterruptedException | RuntimeException failure) {
                    each.completeExceptionally(failure);
                }
            });
            thread.start();
            time.awaitParkedThreads(done.size());
        }
        registry.replace("a", Limit.of(1, SECOND));
        for (int i = 0; i < 3; i++) {
            assertThat(done.get(i)).isNotDone();
            time.advance(SECOND);
            done.get(i).get(10, TimeUnit.SECONDS);
        }
        assertThat(limiter.tryAcquire()).isFalse();
    }

    @Test
    void aThreadThatIsHeldBackSleepsOnAndIsTold() throws Exception {
        StoreRateLimiterRegistry registry = registry(memory, Limit.of(1, SECOND));
        RateLimiter limiter = registry.get("a");
        limiter.tryAcquire();
        List<CompletableFuture<Decision>> done = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            CompletableFuture<Decision> each = new CompletableFuture<>();
            done.add(each);
            new Thread(() -> {
                        try {
                            each.complete(limiter.acquire(1, LONG));
                        } catch (InterruptedException | RuntimeException failure) {
                            each.completeExceptionally(failure);
                        }
                    })
                    .start();
            time.awaitParkedThreads(done.size());
        }
        registry.replace("a", Limit.of(1, SECOND.multipliedBy(10)));
        time.advance(SECOND.multipliedBy(9));
        time.awaitParkedThreads(2);
        assertThat(done).noneMatch(CompletableFuture::isDone);
        time.advance(SECOND);
        done.get(0).get(10, TimeUnit.SECONDS);
        assertThat(done.get(1)).isNotDone();
        time.advance(SECOND.multipliedBy(10));
        done.get(1).get(10, TimeUnit.SECONDS);
    }

    @Test
    void whoLeavesAfterTheChangeGivesBackWhatHeHasByNow() {
        StoreRateLimiterRegistry registry = registry(memory, Limit.of(1, SECOND));
        RateLimiter limiter = registry.get("a");
        List<CompletableFuture<Decision>> turns = waiting(limiter, 4);
        registry.replace("a", Limit.of(1, SECOND.multipliedBy(2)));
        turns.get(1).cancel(false);
        turns.get(3).cancel(false);
        time.advance(SECOND.multipliedBy(2));
        assertThat(turns.get(2)).isCompleted();
        time.advance(SECOND.multipliedBy(2));
        assertThat(limiter.tryAcquire()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"SHADOW", "OFF"})
    void aLimitThatIsEnforcedNoLongerLetsThemGo(LimitMode mode) {
        StoreRateLimiterRegistry registry = registry(memory, Limit.of(1, SECOND));
        List<CompletableFuture<Decision>> turns = waiting(registry.get("a"), 5);
        assertThat(turns.get(4)).isNotDone();
        registry.change("a", LimitChange.of(policy -> policy.withMode(mode)));
        assertThat(turns).allMatch(CompletableFuture::isDone);
        registry.change("a", LimitChange.of(policy -> policy.withMode(LimitMode.ENFORCE)));
        assertThat(registry.get("a").tryAcquire()).isFalse();
    }

    @Test
    void thoseOfAnotherKeyKeepTheirTurnsAndThoseOfOneBucketTheirOrder() {
        StoreRateLimiterRegistry registry = registry(memory, Limit.of(1, SECOND).withBurst(2));
        RateLimiter alice = registry.get("a").forKey("alice");
        RateLimiter bob = registry.get("a").forKey("bob");
        assertThat(alice.tryAcquire(2)).isTrue();
        assertThat(bob.tryAcquire(2)).isTrue();
        List<CompletableFuture<Decision>> turns = List.of(
                alice.acquireAsync(1, LONG), // of one bucket, in two lines
                alice.acquireAsync(2, LONG),
                alice.acquireAsync(1, LONG),
                bob.acquireAsync(1, LONG));
        registry.replace("a", Limit.of(2, SECOND).withBurst(2));
        assertThat(doneAfter(turns, 2, 4)).containsExactly(0.5, 1.5, 2.0, 0.5);
    }

    @Test
    void aLongestWaitThatIsChangedHoldsForWhoComesAfter() {
        StoreRateLimiterRegistry registry = registry(memory, Limit.of(1, SECOND));
        registry.change("a", new LimitChange(limit -> limit, LONG.toNanos(), policy -> policy));
        assertThat(registry.get("a").maxWait()).isEqualTo(LONG);
    }

    @Test
    void ofARemoteStoreNobodyGoesBeforeItHasAnswered() {
        FakeRemoteStore remote = new FakeRemoteStore(time);
        StoreRateLimiterRegistry registry =
                registry(remote, Limit.of(10, SECOND).withBurst(1));
        List<CompletableFuture<Decision>> turns = waiting(registry.get("a"), 4);
        remote.hold();
        registry.replace("a", Limit.of(1, SECOND));
        time.advance(SECOND.dividedBy(2));
        assertThat(turns.subList(1, 4)).noneMatch(CompletableFuture::isDone);
        turns.get(1).cancel(false);
        remote.letThrough();
        assertThat(doneAfter(turns, 10, 5)).containsExactly(0.0, 0.0, 1.0, 2.0);
    }

    @Test
    void ofARemoteStoreThatGivesNoAnswerTheyAreDenied() {
        FakeRemoteStore remote = new FakeRemoteStore(time);
        StoreRateLimiterRegistry registry = registry(remote, Limit.of(1, SECOND));
        List<CompletableFuture<Decision>> turns = waiting(registry.get("a"), 3);
        remote.fail(new StoreUnavailableException("gone", null));
        registry.replace("a", Limit.of(2, SECOND).withBurst(1));
        assertThat(turns.get(2)).isCompletedExceptionally();
    }

    @Test
    void aTurnThatWasAskedForBeforeTheChangeAndComesAfterItHoldsNoMore() {
        FakeRemoteStore remote = new FakeRemoteStore(time);
        StoreRateLimiterRegistry registry = registry(remote, Limit.of(1, SECOND));
        registry.get("a").tryAcquire();
        remote.hold();
        CompletableFuture<Decision> late = registry.get("a").acquireAsync(1, LONG);
        registry.change("a", LimitChange.of(policy -> policy.withMode(LimitMode.OFF)));
        remote.letThrough();
        assertThat(late).isCompleted();
    }

    /** Of two turns the first answer is later than the permit that lies between them. */
    @Test
    void turnsOfWhichAnAnswerWasLateGoBackInTheOrderInWhichTheyWereReserved() {
        FakeRemoteStore remote = new FakeRemoteStore(time);
        StoreRateLimiterRegistry registry = registry(remote, Limit.of(1, SECOND));
        registry.get("a").tryAcquire();
        remote.hold();
        registry.get("a").acquireAsync(1, LONG);
        time.advance(Duration.ofMillis(1500));
        registry.get("a").acquireAsync(1, LONG);
        remote.letThrough();
        remote.refunds().clear();
        registry.replace("a", Limit.of(2, SECOND));
        assertThat(remote.refunds())
                .extracting(Decision::grantedAt)
                .isSortedAccordingTo((a, b) -> Long.signum(b - a))
                .hasSize(2);
    }

    /** The thread that brings a turn may be the one that brings what the change waits for. */
    @Test
    void aChangeThatWaitsHoldsNobodyUpWhoBringsATurn() {
        FakeRemoteStore remote = new FakeRemoteStore(time);
        StoreRateLimiterRegistry registry = registry(remote, Limit.of(1, SECOND));
        Admission admission = registry.admission("", "");
        registry.get("a").tryAcquire();
        remote.hold();
        CompletableFuture<Decision> late = registry.get("a").acquireAsync(1, LONG);
        admission.change(claim -> true, () -> {});
        admission.change(
                claim -> true,
                () -> CompletableFuture.runAsync(remote::letThrough)
                        .orTimeout(20, TimeUnit.SECONDS)
                        .join());
        time.advance(SECOND);
        assertThat(late).isCompleted();
    }

    @Test
    void whoFailsToJoinALineLeavesNobodyThere() {
        DecisionListener failing = (request, decision) -> {
            throw new IllegalStateException("of a test");
        };
        Admission admission = new Admission(new ObservedStore(memory, failing), time);
        Claim claim = new Claim(NAME, Limit.of(1, SECOND), null, 1, Long.MAX_VALUE);
        AcquireRequest request = AcquireRequest.of(claim);
        for (int i = 0; i < 3; i++) {
            assertThatIllegalStateException().isThrownBy(() -> admission.admit(request));
        }
        assertThat(admission.waiting(NAME)).isZero();
    }

    /** A resolver that knows other numbers for who has no plan; who has one that nobody knows waits by those, too. */
    @Test
    void whoHasAPlanThatNobodyKnowsWaitsByTheNumbersOfWhoHasNone() {
        Admission admission = new Admission(new ModeStore(memory, policies), time);
        StoreRateLimiterRegistry registry = new StoreRateLimiterRegistry(
                admission,
                Map.of(),
                policies,
                null,
                (name, key, plan) -> plan == null ? Limit.of(2, SECOND).withBurst(1) : null);
        NamedLimit named =
                registry.use(NAME, Limit.of(10, SECOND).withBurst(1), 0, "a test", registry.admission("", ""));
        List<CompletableFuture<Decision>> turns = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            turns.add(admission.admitAsync(AcquireRequest.of(named.claim("unknown", "ann", 1, Long.MAX_VALUE))));
        }
        assertThat(doneAfter(turns, 10, 3)).containsExactly(0.0, 0.5, 1.0, 1.5);
    }

    /** The numbers travel with a claim, which may have been made before the change. */
    @Test
    void aClaimThatWasMadeBeforeTheChangeWaitsByTheNumbersOfAfterIt() {
        NamedLimit named = new NamedLimit(NAME, Limit.of(1, LONG), 0, memory);
        Admission admission = new Admission(new ModeStore(memory, policies), time);
        StoreRateLimiterRegistry registry = new StoreRateLimiterRegistry(admission, Map.of(), policies, null, null);
        registry.declare(NAME, Limit.of(1, LONG), 0, "a test");
        registry.get("a").tryAcquire();
        Claim before = named.claim(null, 1, Long.MAX_VALUE);
        registry.replace("a", Limit.of(10, SECOND).withBurst(1));
        CompletableFuture<Decision> turn = admission.admitAsync(AcquireRequest.of(before));
        time.advance(SECOND);
        assertThat(turn).isCompleted();
    }

    @Test
    void turnsOfCallsUnderTwoLimitsGoBackInTheOrderInWhichTheyWereReserved() {
        StoreRateLimiterRegistry registry = registry(memory, Limit.of(1, SECOND.multipliedBy(10)));
        LimitName other = LimitName.of("b");
        registry.declare(other, Limit.of(1000, SECOND).withBurst(10), 0, "a test");
        StoreRateLimiterRegistry.Known a = registry.describe("a");
        registry.get("a").tryAcquire();
        NamedLimit first = registry.use(NAME, a.limiter().limit(), 0, "a test", registry.admission("", ""));
        NamedLimit second =
                registry.use(other, Limit.of(1000, SECOND).withBurst(10), 0, "a test", registry.admission("", ""));
        CompletableFuture<Decision> both = registry.admission("", "")
                .admitAsync(new AcquireRequest(
                        List.of(first.claim(null, 1, Long.MAX_VALUE), second.claim(null, 1, Long.MAX_VALUE))));
        CompletableFuture<Decision> single = registry.get("b").acquireAsync(1, LONG);
        registry.replace("b", Limit.of(10, SECOND).withBurst(10));
        time.advance(SECOND.multipliedBy(12));
        assertThat(both).isCompleted();
        assertThat(single).isCompleted();
        assertThat(registry.get("b").tryAcquire()).isTrue();
    }

    /** Answers to what was asked anew, in any order that they may come in. */
    private static final class AnsweredByHand implements InvocationHandler {

        final List<CompletableFuture<Decision>> questions = new ArrayList<>();

        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) {
            switch (method.getName()) {
                case "acquireAsync" -> {
                    CompletableFuture<Decision> question = new CompletableFuture<>();
                    questions.add(question);
                    return question;
                }
                case "claim" -> {
                    return new Claim(NAME, (Limit) arguments[1], null, 1, 0);
                }
                case "answersAtOnce" -> {
                    return false;
                }
                case "turnAt" -> {
                    return ((TimeSource) arguments[1]).nanoTime() + ((Decision) arguments[0]).waitNanos();
                }
                default -> {
                    return null;
                }
            }
        }
    }

    @Test
    void whoIsFirstHasTheTurnThatComesFirstAndWhoIsLeftIsDenied() {
        Limit limit = Limit.of(1, SECOND);
        AnsweredByHand remote = new AnsweredByHand();
        LimiterStore store = (LimiterStore)
                Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {LimiterStore.class}, remote);
        StoreRateLimiterRegistry registry = registry(store, limit);
        List<CompletableFuture<Decision>> turns = waiting(registry.get("a"), 2);
        remote.questions.forEach(each -> each.complete(Decision.allowed("a", limit, 1, 0, 0, SECOND.toNanos(), 0, 0)));
        registry.replace("a", Limit.of(2, SECOND));
        remote.questions.get(3).complete(Decision.allowed("a", limit, 1, 0, 0, 0, 0, 0));
        assertThat(turns.get(0)).isCompletedWithValueMatching(Decision::allowed);
        remote.questions.get(2).complete(Decision.overLimit("a", limit, 1, 0, 1, 1));
        assertThat(turns.get(1)).isCompletedExceptionally();
        assertThat(registry.waiting(NAME)).isZero();
    }

    @Test
    void aResetMovesThoseWhoWaitAndLetsNobodyGoBeforeThem() {
        StoreRateLimiterRegistry registry = registry(memory, Limit.of(1, SECOND));
        RateLimiter limiter = registry.get("a");
        List<CompletableFuture<Decision>> turns = waiting(limiter, 4);
        limiter.reset();
        assertThat(turns.get(1)).isCompleted();
        assertThat(limiter.tryAcquire()).isFalse();
        assertThat(doneAfter(turns, 10, 4)).containsExactly(0.0, 0.0, 1.0, 2.0);
    }

    @Test
    void permitsThatAreGivenBackGoToThoseWhoWait() {
        StoreRateLimiterRegistry registry = registry(memory, Limit.of(1, SECOND).withBurst(3));
        RateLimiter limiter = registry.get("a");
        List<CompletableFuture<Decision>> turns = waiting(limiter, 7);
        limiter.giveBack(2);
        assertThat(doneAfter(turns, 10, 5)).containsExactly(0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0);
    }

    /** Who listens to decisions is code of users, which may do what it likes. */
    @Test
    void aListenerMayChangeTheLimitWhileOthersDo() throws Exception {
        StoreRateLimiterRegistry[] known = new StoreRateLimiterRegistry[1];
        Admission admission = new Admission(
                new ObservedStore(
                        new ModeStore(memory, policies),
                        (request, decision) -> known[0].replace("a", Limit.of(1 + decision.cost(), LONG))),
                time);
        known[0] = new StoreRateLimiterRegistry(admission, Map.of(), policies, null, null);
        known[0].declare(NAME, Limit.of(1, LONG), 0, "a test");
        RateLimiter limiter = known[0].get("a");
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> {
                for (int j = 0; j < 200; j++) {
                    limiter.acquireAsync(1, LONG);
                    known[0].replace("a", Limit.of(1, LONG));
                }
            });
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join(30_000);
            assertThat(thread.isAlive()).isFalse();
        }
    }

    /** Whatever is changed when: all get their turn, in order, and never more than the fastest limit gave. */
    @RepeatedTest(50)
    void atRandom() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Algorithm algorithm = List.of(Algorithm.values()).get(random.nextInt(3));
        StoreRateLimiterRegistry registry =
                registry(memory, Limit.of(1 + random.nextInt(5), SECOND).withAlgorithm(algorithm));
        RateLimiter limiter = registry.get("a");
        List<CompletableFuture<Decision>> turns = waiting(limiter, 40);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < turns.size(); i++) {
            int number = i;
            turns.get(i).thenRun(() -> order.add(number));
        }
        Set<CompletableFuture<Decision>> left = new HashSet<>();
        for (int step = 0; step < 20; step++) {
            time.advance(Duration.ofMillis(random.nextInt(700)));
            CompletableFuture<Decision> one = turns.get(random.nextInt(turns.size()));
            if (random.nextInt(4) == 0 && one.cancel(false)) {
                left.add(one);
            }
            if (random.nextInt(3) == 0) {
                registry.replace("a", Limit.of(1 + random.nextInt(5), SECOND).withAlgorithm(algorithm));
            }
        }
        int before = order.size();
        registry.replace("a", Limit.of(2, SECOND).withAlgorithm(algorithm));
        time.advance(SECOND.multipliedBy(3));
        assertThat(order.size() - before).as("seed %d", seed).isLessThanOrEqualTo(2 * 3 + 2);
        time.advance(SECOND.multipliedBy(40));
        assertThat(turns).as("seed %d", seed).allMatch(CompletableFuture::isDone);
        assertThat(order)
                .as("seed %d", seed)
                .hasSize(turns.size() - left.size())
                .isSorted();
        time.advance(SECOND.multipliedBy(2));
        assertThat(limiter.peek().remaining()).as("seed %d", seed).isEqualTo(2);
    }
}
