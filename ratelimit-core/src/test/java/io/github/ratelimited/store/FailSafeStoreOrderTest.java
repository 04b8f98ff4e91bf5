package io.github.ratelimited.store;

import static io.github.ratelimited.store.Orders.step;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.Orders.Step;
import io.github.ratelimited.store.Orders.World;
import io.github.ratelimited.store.WiredStore.Question;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Answers, failures, timeouts and probes of a remote store, in all orders in which they can come. */
class FailSafeStoreOrderTest {

    private static final Duration TIMEOUT = Duration.ofMillis(100);
    private static final Duration MOST_OF_IT = Duration.ofMillis(60);
    private static final Duration MOMENT = Duration.ofMillis(20);
    private static final Limit LIMIT = Limit.of(100, Duration.ofDays(1));

    private final StoreLog log = new StoreLog();

    @AfterEach
    void stopListening() {
        log.close();
    }

    @ParameterizedTest
    @EnumSource
    void eachCallIsDecidedOnceAndCountedWhereItWasDecidedWhateverIsFirst(StoreFailurePolicy policy) {
        int orders = Orders.playAll(() -> new TimeoutsAndAnswers(policy));
        System.out.println("figure: orders of answers and timeouts with " + policy + " = " + orders);
        assertThat(orders).isEqualTo(2520);
    }

    @ParameterizedTest
    @EnumSource
    void onlyAProbeThatIsAnsweredInTimeClosesTheBreaker(ProbesAndOldAnswers.First probe) {
        int orders = Orders.playAll(() -> new ProbesAndOldAnswers(probe));
        System.out.println("figure: orders of old answers and a probe that " + probe + " = " + orders);
        assertThat(orders).isEqualTo(3360);
    }

    @Test
    void theBreakerOpensAtTheFifthFailureSinceAnAnswerInTheOrderInWhichTheyArrive() {
        int orders = Orders.playAll(FailuresAndAnAnswer::new);
        System.out.println("figure: orders of failures and an answer = " + orders);
        assertThat(orders).isEqualTo(720);
    }

    /** A store that is cut off at will, and its surroundings. */
    private abstract static class Surroundings implements World {

        final MutableTimeSource clock = new MutableTimeSource(-5_000_000_000L);
        final WiredStore remote = new WiredStore(clock);
        final LimiterStore local = new MemoryLimiterStore(clock, 1000);
        final Queue<Runnable> tasks = new ArrayDeque<>();
        final FailSafeStore store;

        Surroundings(StoreFailurePolicy policy, boolean isExecutorSlow) {
            TimeSource time = new TimeSource() {
                @Override
                public long nanoTime() {
                    return clock.nanoTime();
                }

                @Override
                public Future<?> schedule(Runnable task, long delayNanos) {
                    return clock.schedule(task, delayNanos);
                }

                @Override
                public Executor executor() {
                    return isExecutorSlow ? tasks::add : Runnable::run;
                }
            };
            store = new FailSafeStore(remote, "redis", time, TIMEOUT, name -> policy, local, 1);
        }

        final void runTask() {
            Runnable next = tasks.poll();
            if (next != null) {
                next.run();
            }
        }

        final void runTasks() {
            while (!tasks.isEmpty()) {
                runTask();
            }
        }

        static long taken(LimiterStore there) {
            return LIMIT.burst() - there.peek(request().claims().get(0)).remaining();
        }

        static AcquireRequest request() {
            return AcquireRequest.of(new Claim(LimitName.of("a"), LIMIT, "key", 1, 0));
        }

        final class Caller {

            @Nullable
            CompletableFuture<Decision> decision;

            @Nullable
            Question<?> question;

            void ask() {
                int before = remote.asked().size();
                decision = store.acquireAsync(request()).toCompletableFuture();
                if (remote.asked().size() > before) {
                    question = remote.asked().get(before);
                }
            }

            void getAnswer() {
                if (question != null) {
                    remote.answer(question);
                }
            }

            void fail(RuntimeException failure) {
                if (question != null) {
                    remote.fail(question, failure);
                }
            }

            boolean isDecidedHere() {
                return decision.join().reason() == Reason.STORE_UNAVAILABLE;
            }
        }
    }

    /** One caller is answered, another's question is lost, and for each the time may be up before. */
    private static final class TimeoutsAndAnswers extends Surroundings {

        private final StoreFailurePolicy policy;
        private final Caller ann = new Caller();
        private final Caller bob = new Caller();

        TimeoutsAndAnswers(StoreFailurePolicy policy) {
            super(policy, true);
            this.policy = policy;
        }

        @Override
        public List<List<Step>> actors() {
            return List.of(
                    List.of(step("ann asks", ann::ask), step("ann is answered", ann::getAnswer)),
                    List.of(
                            step("bob asks", bob::ask),
                            step("bob's question is lost", () -> bob.fail(new IllegalStateException("lost")))),
                    List.of(
                            step("time passes", () -> clock.advance(MOST_OF_IT)),
                            step("time passes", () -> clock.advance(MOST_OF_IT))),
                    List.of(step("the executor runs", this::runTask), step("the executor runs", this::runTask)));
        }

        @Override
        public void settle() {
            clock.advance(TIMEOUT);
            runTasks();
            List<Caller> callers = List.of(ann, bob);
            assertThat(callers).allMatch(caller -> caller.decision.isDone());
            callers.forEach(Caller::getAnswer);
            remote.arriveAll();

            assertThat(store.available()).isTrue();
            assertThat(callers)
                    .allMatch(caller -> caller.decision.join().allowed()
                            == (!caller.isDecidedHere() || policy != StoreFailurePolicy.DENY));
            long decidedHere = callers.stream().filter(Caller::isDecidedHere).count();
            long decidedThere = callers.size() - decidedHere;
            if (policy == StoreFailurePolicy.ALLOW) {
                assertThat(taken(remote.memory()))
                        .as("whoever was let through uncounted is counted late")
                        .isBetween(decidedThere, (long) callers.size());
            } else {
                assertThat(taken(remote.memory()))
                        .as("late ones are given back, but for an answer that nobody got")
                        .isEqualTo(decidedThere + (bob.question.isAnswerLost() ? 1 : 0));
            }
            assertThat(taken(local)).isEqualTo(policy == StoreFailurePolicy.LOCAL ? decidedHere : 0);
        }
    }

    /** An old question is answered some time, while the connection breaks, a probe is made and new callers come. */
    private static final class ProbesAndOldAnswers extends Surroundings {

        /** What becomes of the first probe. */
        enum First {
            SUCCEEDS,
            FAILS
        }

        private final RuntimeException broken = new StoreUnavailableException("refused", null);

        private final First first;
        private final Caller old = new Caller();
        private boolean isOpen;
        private final Map<Question<?>, Long> sentAt = new HashMap<>();

        ProbesAndOldAnswers(First first) {
            super(StoreFailurePolicy.ALLOW, false);
            this.first = first;
            old.ask();
        }

        @Override
        public List<List<Step>> actors() {
            return List.of(
                    List.of(step("the old question is answered", () -> staysAsItIs(old::getAnswer))),
                    List.of(step("the connection breaks", this::breaks)),
                    List.of(
                            step("it is time to probe", () -> passes(StoreHealth.PROBE)),
                            step("time passes", () -> passes(MOST_OF_IT)),
                            step("time passes", () -> passes(MOST_OF_IT))),
                    List.of(
                            step("a probe " + first, () -> probe(first)),
                            step("a probe succeeds", () -> probe(First.SUCCEEDS))),
                    List.of(step("somebody asks", () -> staysAsItIs(this::asks))));
        }

        private void staysAsItIs(Runnable deed) {
            deed.run();
            assertThat(store.available()).isEqualTo(!isOpen);
        }

        private void breaks() {
            Caller unlucky = new Caller();
            unlucky.ask();
            isOpen |= unlucky.question != null;
            staysAsItIs(() -> unlucky.fail(broken));
        }

        /** In steps so small that each probe is seen when it is sent. */
        private void passes(Duration duration) {
            for (Duration passed = Duration.ZERO; passed.compareTo(duration) < 0; passed = passed.plus(MOMENT)) {
                staysAsItIs(() -> clock.advance(MOMENT));
                probesUnderWay().forEach(probe -> sentAt.putIfAbsent(probe, clock.nanoTime()));
            }
        }

        private boolean isLate(Question<?> probe) {
            return clock.nanoTime() - sentAt.get(probe) >= TIMEOUT.toNanos();
        }

        private List<Question<?>> probesUnderWay() {
            return remote.asked().stream()
                    .filter(Question::isUnderWay)
                    .filter(question -> question.requests()
                            .get(0)
                            .claims()
                            .get(0)
                            .name()
                            .id()
                            .startsWith("?"))
                    .toList();
        }

        private void probe(First outcome) {
            for (Question<?> probe : probesUnderWay()) {
                if (outcome == First.FAILS) {
                    staysAsItIs(() -> remote.fail(probe, broken));
                } else {
                    isOpen &= isLate(probe);
                    staysAsItIs(() -> remote.answer(probe));
                }
            }
        }

        private void asks() {
            Caller caller = new Caller();
            caller.ask();
            assertThat(caller.question == null).as("decided without a trip").isEqualTo(isOpen);
            caller.getAnswer();
            assertThat(caller.isDecidedHere()).isEqualTo(isOpen);
        }

        @Override
        public void settle() {
            Duration longest = StoreHealth.PROBE.plus(TIMEOUT);
            for (Duration passed = Duration.ZERO; passed.compareTo(longest) < 0; passed = passed.plus(MOMENT)) {
                passes(MOMENT);
                probe(First.SUCCEEDS);
            }
            assertThat(isOpen).isFalse();
            asks();
            assertThat(old.decision).isDone();
        }
    }

    /** Six questions are under way; five of them fail. */
    private static final class FailuresAndAnAnswer extends Surroundings {

        private int failuresInARow;
        private boolean isOpen;

        FailuresAndAnAnswer() {
            super(StoreFailurePolicy.DENY, false);
        }

        @Override
        public List<List<Step>> actors() {
            List<List<Step>> actors = new ArrayList<>();
            for (int i = 0; i <= StoreHealth.FAILURES; i++) {
                Caller caller = new Caller();
                caller.ask();
                actors.add(List.of(
                        i == 0
                                ? step("one is answered", () -> arrives(0, caller::getAnswer))
                                : step(
                                        "one fails",
                                        () -> arrives(
                                                failuresInARow + 1,
                                                () -> caller.fail(new IllegalStateException("broken"))))));
            }
            return actors;
        }

        private void arrives(int failures, Runnable outcome) {
            failuresInARow = failures;
            isOpen |= failuresInARow == StoreHealth.FAILURES;
            outcome.run();
            assertThat(store.available()).isEqualTo(!isOpen);
        }

        @Override
        public void settle() {
            assertThat(remote.asked()).hasSize(StoreHealth.FAILURES + 1).noneMatch(Question::isUnderWay);
        }
    }
}
