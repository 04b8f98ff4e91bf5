package io.github.ratelimited.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two threads meet in a store, again and again, each time in a new one; then it is asked who got what. For each meeting
 * the outcomes are listed that are right. The profile {@code stress} has them meet for a minute.
 */
class RaceTest {

    private static final boolean STRESS = Boolean.getBoolean("ratelimit.stress");

    /** All together a minute. */
    private static final long STRESS_NANOS = 2_500_000_000L;

    private static final int BATCH = 1_000;

    /** After so many meetings whoever is ahead waits for the other. */
    private static final int IN_STEP = STRESS ? 1 : 10;

    private static final ExecutorService THREADS = Executors.newFixedThreadPool(2);

    private static final LimitName A = LimitName.of("a");
    private static final LimitName B = LimitName.of("b");

    @AfterAll
    static void stop() {
        THREADS.shutdownNow();
    }

    @ParameterizedTest
    @EnumSource
    void theLastPermitOfALimitWithoutKeysGoesToOne(Algorithm algorithm) throws Exception {
        meet("the last permit, " + algorithm, () -> new TwoCalls(algorithm, null, 10), "no yes", "yes no");
    }

    @ParameterizedTest
    @EnumSource
    void theLastPermitOfANewKeyGoesToOne(Algorithm algorithm) throws Exception {
        meet("the last permit of a key, " + algorithm, () -> new TwoCalls(algorithm, "key", 10), "no yes", "yes no");
    }

    @ParameterizedTest
    @EnumSource
    void theLastPermitOfAKeyThatGetsRoomAtLastGoesToOne(Algorithm algorithm) throws Exception {
        meet("the last permit of a crowded key, " + algorithm, () -> new CrowdedCalls(algorithm), "no yes", "yes no");
    }

    @ParameterizedTest
    @EnumSource
    void aCallOnTwoLimitsAndACallOnOneOfThemNeverGetTheSamePermit(Algorithm algorithm) throws Exception {
        meet("two limits and one of them, " + algorithm, () -> new Joint(algorithm), "no yes 1", "yes no 0");
    }

    @ParameterizedTest
    @EnumSource
    void whatIsGivenBackIsThereOnce(Algorithm algorithm) throws Exception {
        meet("a refund and a call, " + algorithm, () -> new Refund(algorithm), "no 1", "yes 0");
    }

    @ParameterizedTest
    @EnumSource
    void aRefundGivesBackNothingOfWhatWasTakenAfterAReset(Algorithm algorithm) throws Exception {
        meet("a refund and a reset, " + algorithm, () -> new RefundAfterReset(algorithm), "yes 0");
    }

    @ParameterizedTest
    @EnumSource
    void aResetIsNotLostWhileALimitIsReplaced(Algorithm algorithm) throws Exception {
        meet("a reset and a replacement, " + algorithm, () -> new ResetOfReplaced(algorithm), "no 2", "yes 1");
    }

    @ParameterizedTest
    @EnumSource
    void aKeyThatExpiresWhileItIsUsedForgetsNothing(Algorithm algorithm) throws Exception {
        meet("an expiry and a call, " + algorithm, () -> new Expiry(algorithm), "yes 0");
    }

    /** One store that two threads meet in. */
    private abstract static class Meeting {

        final JumpingClock clock = new JumpingClock(0, 0);
        final MemoryLimiterStore store;
        final Limit limit;

        Meeting(Algorithm algorithm, int maxKeys) {
            store = new MemoryLimiterStore(clock, maxKeys);
            limit = limit(1, algorithm);
        }

        static Limit limit(long permits, Algorithm algorithm) {
            return Limit.of(permits, Duration.ofHours(1)).withAlgorithm(algorithm);
        }

        final Claim claim(LimitName name, String key) {
            return store.claim(name, limit, key, 1, 0);
        }

        final long left(Claim claim) {
            return store.peek(claim).remaining();
        }

        static String text(boolean allowed) {
            return allowed ? "yes" : "no";
        }

        abstract void one();

        abstract void other();

        abstract String outcome();
    }

    private static class TwoCalls extends Meeting {

        private final Claim claim;
        private boolean one;
        private boolean other;

        TwoCalls(Algorithm algorithm, String key, int maxKeys) {
            super(algorithm, maxKeys);
            claim = claim(A, key);
        }

        @Override
        void one() {
            one = store.tryAcquire(claim);
        }

        @Override
        void other() {
            other = store.acquire(AcquireRequest.of(claim)).allowed();
        }

        @Override
        String outcome() {
            return text(one) + " " + text(other);
        }
    }

    /** The room is taken by a key that has expired: the two share a cell, or inherit it. */
    private static final class CrowdedCalls extends TwoCalls {

        CrowdedCalls(Algorithm algorithm) {
            super(algorithm, "key", 1);
            store.tryAcquire(claim(B, "old"));
            clock.jump(Duration.ofHours(1).toNanos() - 1);
            store.tryAcquire(claim(B, "older"));
            clock.jump(1);
        }
    }

    private static final class Joint extends Meeting {

        private boolean both;
        private boolean one;

        Joint(Algorithm algorithm) {
            super(algorithm, 10);
        }

        @Override
        void one() {
            both = store.acquire(new AcquireRequest(List.of(claim(A, null), claim(B, "key"))))
                    .allowed();
        }

        @Override
        void other() {
            one = store.tryAcquire(claim(B, "key"));
        }

        @Override
        String outcome() {
            return text(both) + " " + text(one) + " " + left(claim(A, null));
        }
    }

    private static final class Refund extends Meeting {

        private final AcquireRequest request = AcquireRequest.of(claim(A, "key"));
        private final Decision taken = store.acquire(request);
        private boolean other;

        Refund(Algorithm algorithm) {
            super(algorithm, 10);
        }

        @Override
        void one() {
            store.refund(request, taken);
        }

        @Override
        void other() {
            other = store.tryAcquire(claim(A, "key"));
        }

        @Override
        String outcome() {
            return text(other) + " " + left(claim(A, "key"));
        }
    }

    private static final class RefundAfterReset extends Meeting {

        private final AcquireRequest request = AcquireRequest.of(claim(A, "key"));
        private final Decision taken = store.acquire(request);
        private boolean other;

        RefundAfterReset(Algorithm algorithm) {
            super(algorithm, 10);
            clock.jump(1);
        }

        @Override
        void one() {
            store.refund(request, taken);
        }

        @Override
        void other() {
            store.reset(A, "key");
            other = store.tryAcquire(claim(A, "key"));
        }

        @Override
        String outcome() {
            return text(other) + " " + left(claim(A, "key"));
        }
    }

    private static final class ResetOfReplaced extends Meeting {

        private final Claim replaced = store.claim(A, limit(2, limit.algorithm()), null, 1, 0);
        private boolean one;

        ResetOfReplaced(Algorithm algorithm) {
            super(algorithm, 10);
            store.tryAcquire(claim(A, null));
        }

        @Override
        void one() {
            one = store.tryAcquire(replaced);
        }

        @Override
        void other() {
            store.reset(A, null);
        }

        @Override
        String outcome() {
            return text(one) + " " + left(replaced);
        }
    }

    /** A new key has the store look for keys that have refilled. */
    private static final class Expiry extends Meeting {

        private boolean one;

        Expiry(Algorithm algorithm) {
            super(algorithm, 10);
            store.tryAcquire(claim(A, "key"));
            clock.jump(Duration.ofHours(1).toNanos());
        }

        @Override
        void one() {
            one = store.tryAcquire(claim(A, "key"));
        }

        @Override
        void other() {
            store.tryAcquire(claim(A, "another"));
        }

        @Override
        String outcome() {
            return text(one) + " " + left(claim(A, "key"));
        }
    }

    private static void meet(String what, Supplier<Meeting> meetings, String... right) throws Exception {
        Map<String, Integer> outcomes = new TreeMap<>();
        long start = System.nanoTime();
        int batches = 0;
        while (batches < 2 || (STRESS && System.nanoTime() - start < STRESS_NANOS)) {
            batches++;
            List<Meeting> batch = new ArrayList<>(BATCH);
            for (int i = 0; i < BATCH; i++) {
                batch.add(meetings.get());
            }
            AtomicInteger steps = new AtomicInteger();
            SplittableRandom random = new SplittableRandom(batches);
            SplittableRandom another = random.split();
            Future<?> one = THREADS.submit(() -> meet(batch, Meeting::one, steps, random));
            Future<?> other = THREADS.submit(() -> meet(batch, Meeting::other, steps, another));
            one.get();
            other.get();
            batch.forEach(meeting -> outcomes.merge(meeting.outcome(), 1, Integer::sum));
        }
        System.out.println("figure: meetings for " + what + " = " + batches * BATCH + ", " + outcomes);
        assertThat(right).as("of " + outcomes).containsAll(outcomes.keySet());
    }

    private static void meet(
            List<Meeting> batch, Consumer<Meeting> deed, AtomicInteger steps, SplittableRandom random) {
        for (int i = 0; i < batch.size(); i++) {
            if (i % IN_STEP == 0) {
                together(steps, random);
            }
            deed.accept(batch.get(i));
        }
    }

    /** Waits for the other one, and then for a moment more, so that either may be the first. */
    @SuppressWarnings("ThreadPriorityCheck") // the other may need our core
    private static void together(AtomicInteger steps, SplittableRandom random) {
        int target = (steps.getAndIncrement() / 2 + 1) * 2;
        for (int tries = 0; steps.get() < target; tries++) {
            if (tries < 200) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        for (int more = random.nextInt(20); more > 0; more--) {
            Thread.onSpinWait();
        }
    }
}
