package io.github.ratelimited.store.memory;

import static io.github.ratelimited.Algorithm.FIXED_WINDOW;
import static io.github.ratelimited.Algorithm.SLIDING_WINDOW;
import static io.github.ratelimited.Algorithm.TOKEN_BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryLimiterStoreTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long FOR_EVER = Long.MAX_VALUE;
    private static final LimitName A = LimitName.of("a");
    private static final LimitName B = LimitName.of("b");
    private static final LimitName C = LimitName.of("c");

    private final JumpingClock clock =
            new JumpingClock(0, Instant.parse("2026-01-01T00:00:00Z").getEpochSecond() * SECOND);
    private final MemoryLimiterStore store = new MemoryLimiterStore(clock, 1_000);

    @ParameterizedTest
    @ValueSource(longs = {0, -1})
    void hasRoomForOneKeyAtLeast(long maxKeys) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MemoryLimiterStore(clock, maxKeys))
                .withMessage("max-keys = " + maxKeys + " is not positive");
    }

    @Nested
    class ADeniedCall {

        @ParameterizedTest
        @EnumSource
        void changesNothingAndCostsNothing(Algorithm algorithm) {
            Limit limit = limit(10, algorithm);
            take(A, limit, null, 7);
            Decision before = store.peek(new Claim(A, limit, null, 1, 0));
            for (int i = 0; i < 100; i++) {
                assertThat(acquire(A, limit, null, 4, 0).allowed()).isFalse();
                assertThat(store.tryAcquire(new Claim(A, limit, null, 4, 0))).isFalse();
                assertThat(acquire(A, limit, null, 11, FOR_EVER).allowed()).isFalse();
            }
            Decision after = store.peek(new Claim(A, limit, null, 1, 0));
            assertThat(after).usingRecursiveComparison().isEqualTo(before);
            assertThat(acquire(A, limit, null, 3, 0).allowed()).isTrue();
        }

        @ParameterizedTest
        @EnumSource
        void whoseWaitDoesNotFitIsDeniedAtOnceAndToldWhenToRetry(Algorithm algorithm) {
            Limit limit = limit(10, algorithm);
            take(A, limit, null, 10);
            Decision decision = acquire(A, limit, null, 10, SECOND - 1);
            assertThat(decision.allowed()).isFalse();
            assertThat(decision.waitTime()).isZero();
            assertThat(decision.retryAfter()).isEqualTo(Duration.ofSeconds(1));
            assertThat(acquire(A, limit, null, 10, SECOND).waitTime()).isEqualTo(Duration.ofSeconds(1));
        }

        @ParameterizedTest
        @EnumSource
        void canBeAllowedExactlyWhenItWasToldToRetry(Algorithm algorithm) {
            Limit limit = limit(7, algorithm);
            take(A, limit, null, 7);
            long retry = acquire(A, limit, null, 3, 0).retryAfter().toNanos();
            clock.jump(retry - 1);
            assertThat(acquire(A, limit, null, 3, 0).allowed()).isFalse();
            clock.jump(1);
            assertThat(acquire(A, limit, null, 3, 0).allowed()).isTrue();
        }

        @ParameterizedTest
        @EnumSource
        void thatCostsMoreThanTheLimitHoldsIsDeniedForGood(Algorithm algorithm) {
            Decision decision = acquire(A, limit(10, algorithm), null, 11, FOR_EVER);
            assertThat(decision.allowed()).isFalse();
            assertThat(decision.reason()).isEqualTo(Reason.COST_ABOVE_LIMIT);
            assertThat(decision.retryAfter()).isNull();
            assertThat(decision.remaining()).isEqualTo(10);
            assertThat(store.tryAcquire(new Claim(A, limit(10, algorithm), null, 11, 0)))
                    .isFalse();
            assertThat(store.peek(new Claim(A, limit(10, algorithm), null, 11, FOR_EVER))
                            .reason())
                    .isEqualTo(Reason.COST_ABOVE_LIMIT);
        }
    }

    @Nested
    class SeveralLimits {

        @ParameterizedTest
        @EnumSource
        void areTakenAllOrNothing(Algorithm algorithm) {
            Limit loose = limit(10, algorithm);
            Limit tight = limit(1, algorithm);
            assertThat(both(loose, tight, 0).allowed()).isTrue();
            for (int i = 0; i < 100; i++) {
                Decision denied = both(loose, tight, 0);
                assertThat(denied.allowed()).isFalse();
                assertThat(denied.limitName()).isEqualTo("b");
            }
            assertThat(acquire(A, loose, null, 9, 0).allowed()).isTrue();
        }

        /** So that no limit is exceeded when the call goes on. */
        @Test
        void areTakenForTheMomentOfTheLongestWait() {
            Limit loose = limit(10, TOKEN_BUCKET);
            Limit tight = limit(1, TOKEN_BUCKET);
            both(loose, tight, 0);
            Decision waiting = both(loose, tight, FOR_EVER);
            assertThat(waiting.waitTime()).isEqualTo(Duration.ofSeconds(1));
            assertThat(waiting.parts()).extracting(Decision::waitNanos).containsExactly(SECOND, SECOND);
        }

        @ParameterizedTest
        @EnumSource
        void areNotExceededByThoseWhoHaveWaited(Algorithm algorithm) {
            Limit second = limit(1, algorithm);
            Limit longer = Limit.of(1, Duration.ofSeconds(10)).withAlgorithm(algorithm);
            both(second, longer, 0);
            clock.jump(2 * SECOND);
            Decision waiting = both(second, longer, FOR_EVER);
            clock.jump(waiting.waitNanos());
            assertThat(acquire(A, second, null, 1, 0).allowed()).isFalse();
        }

        /** Whoever does not want a limit to be closed by those who wait for another lets nobody wait for it. */
        @Test
        void waitNoLongerThanTheShortestWaitAllows() {
            Limit everybodys = limit(10, TOKEN_BUCKET);
            Limit hourly = Limit.of(1, Duration.ofHours(1));
            both(everybodys, hourly, 0);
            Decision denied = store.acquire(new AcquireRequest(
                    List.of(new Claim(A, everybodys, null, 1, 0), new Claim(B, hourly, null, 1, FOR_EVER))));
            assertThat(denied.allowed()).isFalse();
            assertThat(denied.limitName()).isEqualTo("b");
            assertThat(denied.retryAfter()).isEqualTo(Duration.ofHours(1));
            assertThat(acquire(A, everybodys, null, 9, 0).allowed()).isTrue();
        }

        @Test
        void areDeniedForGoodIfOneOfThemIs() {
            Decision decision = store.acquire(new AcquireRequest(List.of(
                    new Claim(A, limit(10, TOKEN_BUCKET), null, 1, 0),
                    new Claim(B, limit(1, TOKEN_BUCKET), null, 2, 0))));
            assertThat(decision.reason()).isEqualTo(Reason.COST_ABOVE_LIMIT);
            assertThat(decision.limitName()).isEqualTo("b");
            assertThat(acquire(A, limit(10, TOKEN_BUCKET), null, 10, 0).allowed())
                    .isTrue();
        }

        @ParameterizedTest
        @EnumSource
        void areEachToldOfEvenIfOneOfThemNeverHoldsThatMuch(Algorithm algorithm) {
            take(B, limit(9, algorithm), null, 8);
            Decision denied = store.acquire(new AcquireRequest(List.of(
                    new Claim(A, limit(1, algorithm), null, 2, 0),
                    new Claim(B, limit(9, algorithm), null, 2, 0),
                    new Claim(C, limit(9, algorithm), null, 2, 0))));
            assertThat(denied.reason()).isEqualTo(Reason.COST_ABOVE_LIMIT);
            assertThat(denied.limitName()).isEqualTo("a");
            assertThat(denied.parts()).extracting(Decision::limitName).containsExactly("a", "b", "c");
            assertThat(denied.parts()).extracting(Decision::allowed).containsExactly(false, false, true);
            take(B, limit(9, algorithm), null, 1);
            take(C, limit(9, algorithm), null, 9);
        }

        @Test
        void areDeniedIfAWaitIsLongerThanItsLimitCanReserve() {
            Limit fine = Limit.of(999_983, Duration.ofSeconds(1));
            Limit daily = Limit.of(1, Duration.ofDays(1));
            take(A, fine, null, 999_983);
            for (int i = 0; acquire(A, fine, null, 999_983, FOR_EVER).allowed(); i++) {
                assertThat(i).isLessThan(10_000);
            }
            Decision decision = store.acquire(new AcquireRequest(
                    List.of(new Claim(A, fine, null, 999_983, FOR_EVER), new Claim(B, daily, null, 1, FOR_EVER))));
            assertThat(decision.allowed()).isFalse();
            assertThat(decision.limitName()).isEqualTo("a");
            assertThat(acquire(B, daily, null, 1, 0).allowed()).isTrue();
        }

        @ParameterizedTest
        @EnumSource
        void areGivenBackTogether(Algorithm algorithm) {
            Limit loose = limit(10, algorithm);
            Limit tight = limit(1, algorithm);
            AcquireRequest request =
                    new AcquireRequest(List.of(new Claim(A, loose, null, 2, 0), new Claim(B, tight, null, 1, 0)));
            Decision decision = store.acquire(request);
            store.refund(request, decision);
            store.refund(request, decision);
            assertThat(acquire(A, loose, null, 10, 0).allowed()).isTrue();
            assertThat(acquire(B, tight, null, 1, 0).allowed()).isTrue();
        }

        /** Whoever takes from the loose limit alone must find room, whatever the denied ones do at the same moment. */
        @ParameterizedTest
        @EnumSource
        void neverCauseADenialOfOthersWhenTheyAreDeniedThemselves(Algorithm algorithm) throws Exception {
            Limit loose = limit(50_000, algorithm);
            Limit tight = limit(1, algorithm);
            take(B, tight, null, 1);
            ExecutorService other = Executors.newSingleThreadExecutor();
            try {
                CountDownLatch started = new CountDownLatch(1);
                Future<Long> deniedCalls = other.submit(() -> {
                    long denied = 0;
                    while (!Thread.currentThread().isInterrupted()) {
                        denied += store.acquire(new AcquireRequest(List.of(
                                                new Claim(A, loose, null, 1_000, 0), new Claim(B, tight, null, 1, 0))))
                                        .allowed()
                                ? 0
                                : 1;
                        started.countDown();
                    }
                    return denied;
                });
                started.await();
                for (int i = 0; i < 50_000; i++) {
                    assertThat(acquire(A, loose, null, 1, 0).allowed()).isTrue();
                }
                other.shutdownNow();
                assertThat(deniedCalls.get()).isPositive();
                assertThat(acquire(A, loose, null, 1, 0).allowed()).isFalse();
            } finally {
                other.shutdownNow();
            }
        }

        @ParameterizedTest
        @EnumSource
        void ofOneNewKeyAreDecided(Algorithm algorithm) {
            Limit limit = limit(10, algorithm);
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                for (int i = 0; i < 100; i++) {
                    AcquireRequest request = new AcquireRequest(
                            List.of(new Claim(A, limit, "key" + i, 1, 0), new Claim(B, limit, "key" + i, 1, 0)));
                    assertThat(store.acquire(request).allowed()).isTrue();
                }
            });
        }

        private Decision both(Limit a, Limit b, long maxWait) {
            return store.acquire(
                    new AcquireRequest(List.of(new Claim(A, a, null, 1, maxWait), new Claim(B, b, null, 1, maxWait))));
        }
    }

    @Nested
    class Keys {

        @ParameterizedTest
        @EnumSource
        void haveBucketsOfTheirOwn(Algorithm algorithm) {
            Limit limit = limit(3, algorithm);
            take(A, limit, "anna", 3);
            assertThat(acquire(A, limit, "anna", 1, 0).allowed()).isFalse();
            assertThat(acquire(A, limit, "bert", 3, 0).allowed()).isTrue();
            assertThat(acquire(A, limit, null, 3, 0).allowed()).isTrue();
            assertThat(acquire(B, limit, "anna", 3, 0).allowed()).isTrue();
            assertThat(store.keys()).isEqualTo(3);
        }

        @ParameterizedTest
        @EnumSource
        void goByThemselvesOnceTheyHaveRefilled(Algorithm algorithm) {
            for (int i = 0; i < 1_000; i++) {
                take(A, limit(3, algorithm), "key" + i, 1);
            }
            assertThat(store.keys()).isEqualTo(1_000);
            for (int second = 0; second < 10; second++) {
                clock.jump(SECOND);
            }
            assertThat(store.keys()).isZero();
        }

        @ParameterizedTest
        @EnumSource
        void stayAsLongAsTheyHaveNot(Algorithm algorithm) {
            Limit daily = Limit.of(1, Duration.ofDays(1)).withAlgorithm(algorithm);
            take(A, daily, "anna", 1);
            for (int hour = 0; hour < 23; hour++) {
                clock.jump(3_600 * SECOND);
                assertThat(acquire(A, daily, "anna", 1, 0).allowed()).isFalse();
            }
            assertThat(store.keys()).isEqualTo(1);
            clock.jump(3_600 * SECOND);
            assertThat(acquire(A, daily, "anna", 1, 0).allowed()).isTrue();
        }

        @ParameterizedTest
        @EnumSource
        void areBoundedAndThoseBeyondTheBoundShareSoThatTheyAreLimitedSooner(Algorithm algorithm) {
            Limit limit = limit(3, algorithm);
            flood(limit, 100_000);
            assertThat(store.keys()).isEqualTo(1_000);
            long allowed = 0;
            for (int i = 0; i < 1_000; i++) {
                allowed += acquire(A, limit, "another" + i, 1, 0).allowed() ? 1 : 0;
            }
            assertThat(allowed).isZero();
        }

        @ParameterizedTest
        @EnumSource
        void thatAreExhaustedStayExhaustedInAFloodOfNewOnes(Algorithm algorithm) {
            Limit limit = limit(3, algorithm);
            take(A, limit, "victim", 3);
            flood(limit, 100_000);
            assertThat(acquire(A, limit, "victim", 1, 0).allowed()).isFalse();
        }

        @ParameterizedTest
        @EnumSource
        void thatCameInAFloodAndGetABucketOfTheirOwnLaterAreNotLetThroughEarly(Algorithm algorithm) {
            Limit shortLived = limit(3, algorithm);
            Limit daily = Limit.of(3, Duration.ofDays(1)).withAlgorithm(algorithm);
            for (int i = 0; i < 1_000; i++) {
                take(A, shortLived, "key" + i, 1);
            }
            take(B, daily, "late", 3);
            assertThat(store.keys()).isEqualTo(1_000);
            for (int second = 0; second < 10; second++) {
                clock.jump(SECOND);
            }
            assertThat(store.keys()).isZero();
            assertThat(acquire(B, daily, "late", 1, 0).allowed()).isFalse();
            assertThat(store.keys()).isEqualTo(1);
            assertThat(acquire(B, daily, "late", 1, FOR_EVER).waitNanos()).isGreaterThan(3_600 * SECOND);
        }

        /** What was reserved in the shared bucket is not to be given back to the one that has inherited all of that. */
        @ParameterizedTest
        @EnumSource
        void thatGetABucketOfTheirOwnWhenTheyCancelAreNotLetThroughEarly(Algorithm algorithm) {
            Limit hourly = Limit.of(1, Duration.ofHours(1)).withAlgorithm(algorithm);
            MemoryLimiterStore full = new MemoryLimiterStore(clock, 1);
            full.acquire(AcquireRequest.of(new Claim(B, limit(1, algorithm), "short-lived", 1, 0)));
            AcquireRequest waits = AcquireRequest.of(new Claim(A, hourly, "late", 1, FOR_EVER));
            assertThat(full.acquire(waits).waitNanos()).isZero();
            Decision reserved = full.acquire(waits);
            assertThat(reserved.waitNanos()).isPositive();
            for (int second = 0; second < 100 && full.keys() > 0; second++) {
                clock.jump(SECOND);
            }
            full.refund(waits, reserved);
            assertThat(full.tryAcquire(new Claim(A, hourly, "late", 1, 0))).isFalse();
        }

        /** Two hundred keys on 64 shared cells of three permits: some four meet in one, whatever the hash. */
        @ParameterizedTest
        @EnumSource
        void ofOneRequestThatShareABucketAreCountedTogetherAndDoNotBlockEachOther(Algorithm algorithm) {
            ofOneRequestDoNotBlockEachOther(limit(3, algorithm), limit(3, algorithm));
        }

        /** As a resolver may say. */
        @ParameterizedTest
        @EnumSource
        void ofOneRequestThatShareABucketByOtherNumbersDoNotBlockEachOther(Algorithm algorithm) {
            ofOneRequestDoNotBlockEachOther(limit(3, algorithm), limit(4, algorithm));
        }

        private void ofOneRequestDoNotBlockEachOther(Limit limit, Limit other) {
            MemoryLimiterStore full = new MemoryLimiterStore(clock, 1);
            full.acquire(AcquireRequest.of(new Claim(A, limit, "first", 1, 0)));
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                List<Claim> claims = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    claims.add(new Claim(B, i % 2 == 0 ? limit : other, "key" + i, 1, 0));
                }
                Decision all = full.acquire(new AcquireRequest(claims));
                assertThat(all.allowed()).isFalse();
                assertThat(all.reason()).isEqualTo(Reason.OVER_LIMIT);
                for (Claim claim : claims.subList(0, 20)) {
                    Decision pair = full.acquire(new AcquireRequest(List.of(claim, new Claim(B, limit, "x", 1, 0))));
                    assertThat(pair.parts()).hasSize(2);
                }
            });
        }

        @ParameterizedTest
        @EnumSource
        void ofOneRequestThatShareABucketUnderDifferentNumbersDoNotBlockEachOther(Algorithm algorithm) {
            MemoryLimiterStore full = new MemoryLimiterStore(clock, 1);
            full.acquire(AcquireRequest.of(new Claim(A, limit(3, algorithm), "first", 1, 0)));
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                for (int i = 1; i < 500; i++) {
                    Decision pair = full.acquire(new AcquireRequest(List.of(
                            new Claim(B, limit(3, algorithm), "key" + i, 1, 0),
                            new Claim(B, limit(5, algorithm), "key" + i * 31_337, 1, 0))));
                    assertThat(pair.parts()).hasSize(2);
                }
            });
        }

        /** The first key finds no room and shares; the second gets the room of one that is dropped in between. */
        @ParameterizedTest
        @EnumSource
        void ofOneRequestDoNotBlockEachOtherWhenRoomComesForOneOfThem(Algorithm algorithm) {
            Limit shortLived = Limit.of(1, Duration.ofMillis(10)).withAlgorithm(algorithm);
            Limit daily = Limit.of(3, Duration.ofDays(1)).withAlgorithm(algorithm);
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                for (int round = 0; round < 2_000; round++) {
                    int room = 5 + round % 13;
                    MemoryLimiterStore full = new MemoryLimiterStore(clock, room);
                    full.acquire(AcquireRequest.of(new Claim(A, shortLived, "s", 1, 0)));
                    for (int i = 0; i < room; i++) {
                        full.acquire(AcquireRequest.of(new Claim(B, daily, "d" + round + i, 1, 0)));
                    }
                    clock.jump(SECOND / 50);
                    assertThat(full.acquire(new AcquireRequest(List.of(
                                            new Claim(B, daily, "x" + round, 1, 0),
                                            new Claim(B, daily, "x" + round * 31_337, 1, 0))))
                                    .parts())
                            .isNotEmpty();
                }
            });
        }

        @ParameterizedTest
        @EnumSource
        void ofManyThreadsAtTheBoundAreNeverAllowedMoreThanOneBucketEach(Algorithm algorithm) throws Exception {
            Limit limit = Limit.of(5, Duration.ofDays(1)).withAlgorithm(algorithm);
            MemoryLimiterStore small = new MemoryLimiterStore(clock, 8);
            int keys = 100;
            AtomicLong[] allowed = new AtomicLong[keys];
            for (int i = 0; i < keys; i++) {
                allowed[i] = new AtomicLong();
            }
            inThreads(4, thread -> {
                for (int i = 0; i < 20_000; i++) {
                    int key = (i * 7 + thread * 31) % keys;
                    if (small.acquire(AcquireRequest.of(new Claim(A, limit, "key" + key, 1, 0)))
                            .allowed()) {
                        allowed[key].incrementAndGet();
                    }
                }
            });
            assertThat(allowed).allSatisfy(count -> assertThat(count.get()).isLessThanOrEqualTo(5));
            assertThat(small.keys()).isEqualTo(8);
        }

        private void flood(Limit limit, int keys) {
            for (int i = 0; i < keys; i++) {
                acquire(A, limit, "flood" + i, 3, 0);
            }
        }
    }

    @Nested
    class WhenItsNumbersChange {

        @ParameterizedTest
        @CsvSource({
            "TOKEN_BUCKET, TOKEN_BUCKET",
            "TOKEN_BUCKET, SLIDING_WINDOW",
            "TOKEN_BUCKET, FIXED_WINDOW",
            "SLIDING_WINDOW, SLIDING_WINDOW",
            "SLIDING_WINDOW, FIXED_WINDOW",
            "SLIDING_WINDOW, TOKEN_BUCKET",
            "FIXED_WINDOW, FIXED_WINDOW",
            "FIXED_WINDOW, TOKEN_BUCKET",
            "FIXED_WINDOW, SLIDING_WINDOW"
        })
        void aLimitKeepsWhatWasTakenInProportion(Algorithm from, Algorithm to) {
            for (String key : new String[] {null, "anna"}) {
                take(A, limit(10, from), key, 4);
                assertThat(acquire(A, limit(100, to), key, 1, 0).remaining()).isEqualTo(59);
                assertThat(acquire(A, limit(10, from), key, 1, 0).remaining()).isEqualTo(4);
                assertThat(acquire(A, limit(3, to), key, 1, 0).remaining()).isZero();
                store.reset(A, key);
            }
        }

        @ParameterizedTest
        @EnumSource
        void anExhaustedLimitStaysExhausted(Algorithm algorithm) {
            take(A, limit(3, algorithm), null, 3);
            assertThat(acquire(A, limit(1_000, algorithm), null, 1, 0).allowed())
                    .isFalse();
            assertThat(acquire(A, limit(1, algorithm), null, 1, 0).allowed()).isFalse();
        }

        @Test
        void tokenThenSlidingThenFixedNeverForgets() {
            take(A, limit(10, TOKEN_BUCKET), null, 10);
            assertThat(acquire(A, limit(20, SLIDING_WINDOW), null, 1, 0).allowed())
                    .isFalse();
            assertThat(acquire(A, limit(40, FIXED_WINDOW), null, 1, 0).allowed())
                    .isFalse();
            clock.jump(SECOND);
            assertThat(acquire(A, limit(10, TOKEN_BUCKET), null, 10, 0).allowed())
                    .isTrue();
        }

        @Test
        void whatWasReservedAheadIsKeptToo() {
            take(A, limit(10, TOKEN_BUCKET), null, 10);
            acquire(A, limit(10, TOKEN_BUCKET), null, 10, FOR_EVER);
            assertThat(acquire(A, limit(10, SLIDING_WINDOW), null, 1, FOR_EVER).waitNanos())
                    .isGreaterThan(SECOND);
        }

        @ParameterizedTest
        @EnumSource
        void aRefundOfTheOldNumbersIsWorthNothing(Algorithm algorithm) {
            Claim claim = new Claim(A, limit(10, algorithm), null, 5, 0);
            Decision old = store.acquire(AcquireRequest.of(claim));
            acquire(A, limit(20, algorithm), null, 1, 0);
            store.refund(AcquireRequest.of(claim), old);
            assertThat(acquire(A, limit(20, algorithm), null, 1, 0).remaining()).isEqualTo(8);
        }

        @Test
        void onlyThePeriodWhatWasTakenIsKept() {
            take(A, Limit.of(10, Duration.ofSeconds(1)), null, 4);
            assertThat(acquire(A, Limit.of(10, Duration.ofHours(1)), null, 1, 0).remaining())
                    .isEqualTo(5);
        }
    }

    @Nested
    class OverYears {

        @ParameterizedTest
        @EnumSource
        void theRateHolds(Algorithm algorithm) {
            Limit daily = Limit.of(1, Duration.ofDays(1)).withAlgorithm(algorithm);
            int allowed = 0;
            for (int hour = 0; hour < 24 * 365 * 40; hour++) {
                allowed += store.tryAcquire(store.claim(A, daily, null, 1, 0)) ? 1 : 0;
                clock.jump(3_600 * SECOND);
            }
            assertThat(allowed).isEqualTo(365 * 40);
        }

        @ParameterizedTest
        @CsvSource({"999999999989, 1", "1000000000000, 1", "999983, 1000000000"})
        void theRateHoldsWhenTheOriginHasToBeRenewedOften(long permits, long period) {
            Limit limit = Limit.of(permits, Duration.ofNanos(period));
            take(A, limit, null, permits);
            long step = Math.max(1, period / 1_000);
            long given = 0;
            long denied = 0;
            for (int i = 1; i <= 5_000; i++) {
                clock.jump(step);
                long there = Math.multiplyExact(i * step, permits) / period - given;
                assertThat(acquire(A, limit, null, there, 0).allowed()).isTrue();
                denied += acquire(A, limit, null, 1, 0).allowed() ? 0 : 1;
                given += there;
            }
            assertThat(denied).isEqualTo(5_000);
        }

        @ParameterizedTest
        @EnumSource
        void anIdleTimeOfAnyLengthFillsTheLimitAndNotMore(Algorithm algorithm) {
            for (long idle : new long[] {SECOND, 365 * 86_400 * SECOND, Long.MAX_VALUE / 2, Long.MAX_VALUE / 4}) {
                take(A, limit(10, algorithm), "anna", 10);
                assertThat(acquire(A, limit(10, algorithm), "anna", 1, 0).allowed())
                        .isFalse();
                clock.jump(idle);
            }
        }

        @ParameterizedTest
        @EnumSource
        void aReservationOutlivesTheRenewalOfTheOrigin(Algorithm algorithm) {
            Limit yearly = Limit.of(1, Duration.ofDays(365)).withAlgorithm(algorithm);
            take(A, yearly, null, 1);
            long first = acquire(A, yearly, null, 1, FOR_EVER).waitNanos();
            for (int day = 0; day < 100; day++) {
                clock.jump(86_400 * SECOND);
                Decision denied = acquire(A, yearly, null, 1, 0);
                assertThat(denied.retryAfter())
                        .isEqualTo(Duration.ofNanos(first).minusDays(day + 1).plusDays(365));
            }
        }
    }

    @Nested
    class AFixedWindow {

        private final Limit daily = Limit.of(3, Duration.ofDays(1)).withAlgorithm(FIXED_WINDOW);

        @Test
        void turnsAtMidnightUtc() {
            clock.setEpoch(Instant.parse("2026-07-01T23:59:59Z").getEpochSecond() * SECOND);
            take(A, daily, null, 3);
            assertThat(acquire(A, daily, null, 1, 0).retryAfter()).isEqualTo(Duration.ofSeconds(1));
            clock.jump(SECOND);
            assertThat(acquire(A, daily, null, 3, 0).allowed()).isTrue();
        }

        @Test
        void followsAWallClockThatIsSetAMinuteLaterAtMost() {
            clock.setEpoch(Instant.parse("2026-07-01T12:00:00Z").getEpochSecond() * SECOND);
            take(A, daily, null, 3);
            clock.setEpoch(Instant.parse("2026-07-01T23:00:00Z").getEpochSecond() * SECOND);
            clock.jump(61 * SECOND);
            assertThat(acquire(A, daily, null, 1, 0).retryAfter())
                    .isEqualTo(Duration.ofHours(1).minusSeconds(61));
        }

        @Test
        void followsAWallClockThatIsSetToLaterInAnotherDay() {
            clock.setEpoch(Instant.parse("2026-07-01T12:00:00Z").getEpochSecond() * SECOND);
            take(A, daily, null, 3);
            take(A, daily, "anna", 3);
            clock.setEpoch(Instant.parse("2026-07-02T13:00:00Z").getEpochSecond() * SECOND);
            clock.jump(61 * SECOND);
            assertThat(acquire(A, daily, null, 3, 0).allowed()).isTrue();
            assertThat(acquire(A, daily, "anna", 3, 0).allowed()).isTrue();
        }

        @Test
        void takesNoRefundOfWhatWasTakenByAWallClockThatIsSetSince() {
            clock.setEpoch(Instant.parse("2026-07-01T12:00:00Z").getEpochSecond() * SECOND);
            AcquireRequest three = AcquireRequest.of(new Claim(A, daily, "anna", 3, 0));
            Decision old = store.acquire(three);
            clock.setEpoch(Instant.parse("2026-07-02T10:00:00Z").getEpochSecond() * SECOND);
            clock.jump(61 * SECOND);
            assertThat(store.acquire(three).allowed()).isTrue();
            store.refund(three, old);
            assertThat(acquire(A, daily, "anna", 1, 0).allowed()).isFalse();
        }

        @Test
        void givesNothingBackWhenTheWallClockIsSetBack() {
            clock.setEpoch(Instant.parse("2026-07-02T01:00:00Z").getEpochSecond() * SECOND);
            take(A, daily, null, 3);
            clock.setEpoch(Instant.parse("2026-07-01T01:00:00Z").getEpochSecond() * SECOND);
            clock.jump(61 * SECOND);
            assertThat(acquire(A, daily, null, 1, 0).allowed()).isFalse();
        }
    }

    @Nested
    class Resetting {

        @ParameterizedTest
        @EnumSource
        void forgetsAllThatWasTaken(Algorithm algorithm) {
            for (String key : new String[] {null, "anna"}) {
                Claim claim = store.claim(A, limit(3, algorithm), key, 3, 0);
                assertThat(store.tryAcquire(claim)).isTrue();
                assertThat(store.tryAcquire(claim)).isFalse();
                store.reset(A, key);
                assertThat(store.tryAcquire(claim)).isTrue();
                assertThat(store.tryAcquire(claim)).isFalse();
            }
        }

        @Test
        void makesRoomForAnotherKey() {
            take(A, limit(3, TOKEN_BUCKET), "anna", 1);
            store.reset(A, "anna");
            assertThat(store.keys()).isZero();
        }

        @Test
        void ofWhatIsUnknownDoesNothing() {
            take(A, limit(3, TOKEN_BUCKET), "anna", 3);
            store.reset(B, "anna");
            store.reset(A, "bert");
            store.reset(A, null);
            assertThat(acquire(A, limit(3, TOKEN_BUCKET), "anna", 1, 0).allowed())
                    .isFalse();
        }

        @ParameterizedTest
        @EnumSource
        void makesAnEarlierRefundWorthNothing(Algorithm algorithm) {
            Claim claim = new Claim(A, limit(10, algorithm), "anna", 5, 0);
            Decision before = store.acquire(AcquireRequest.of(claim));
            store.reset(A, "anna");
            store.refund(AcquireRequest.of(claim), before);
            assertThat(acquire(A, limit(10, algorithm), "anna", 1, 0).remaining())
                    .isEqualTo(9);
        }
    }

    @Nested
    class GivingBackWhatAnybodyTook {

        private void giveBack(Limit limit, String key, long permits) {
            store.giveBack(store.claim(A, limit, key, permits, 0));
        }

        @ParameterizedTest
        @EnumSource
        void letsThatManyMoreThrough(Algorithm algorithm) {
            for (String key : new String[] {null, "anna"}) {
                take(A, limit(10, algorithm), key, 7);
                take(A, limit(10, algorithm), key, 3);
                giveBack(limit(10, algorithm), key, 8);
                assertThat(acquire(A, limit(10, algorithm), key, 8, 0).allowed())
                        .isTrue();
                assertThat(acquire(A, limit(10, algorithm), key, 1, 0).allowed())
                        .isFalse();
            }
        }

        @ParameterizedTest
        @EnumSource
        void isNoMoreThanHasNotRefilled(Algorithm algorithm) {
            take(A, limit(10, algorithm), null, 10);
            clock.jump(SECOND / 2);
            giveBack(limit(10, algorithm), null, Long.MAX_VALUE);
            giveBack(limit(10, algorithm), null, Long.MAX_VALUE);
            assertThat(acquire(A, limit(10, algorithm), null, 10, 0).allowed()).isTrue();
            assertThat(acquire(A, limit(10, algorithm), null, 1, 0).allowed()).isFalse();
        }

        @ParameterizedTest
        @EnumSource
        void ofWhatIsUnknownDoesNothing(Algorithm algorithm) {
            take(A, limit(3, algorithm), "anna", 3);
            giveBack(limit(3, algorithm), "bert", 3);
            giveBack(limit(3, algorithm), null, 3);
            assertThat(acquire(A, limit(3, algorithm), "anna", 1, 0).allowed()).isFalse();
            assertThat(store.keys()).isOne();
        }

        @ParameterizedTest
        @EnumSource
        void leavesABucketAloneThatIsSharedWithOthers(Algorithm algorithm) {
            MemoryLimiterStore full = new MemoryLimiterStore(clock, 1);
            full.acquire(AcquireRequest.of(new Claim(A, limit(3, algorithm), "first", 1, 0)));
            Claim claim = new Claim(A, limit(3, algorithm), "second", 3, 0);
            full.acquire(AcquireRequest.of(claim));
            full.giveBack(claim);
            assertThat(full.tryAcquire(claim)).isFalse();
        }

        @ParameterizedTest
        @EnumSource
        void isByTheNewNumbersIfTheLimitWasReplaced(Algorithm algorithm) {
            take(A, limit(10, algorithm), null, 10);
            giveBack(limit(100, algorithm), null, 30);
            assertThat(acquire(A, limit(100, algorithm), null, 1, 0).remaining())
                    .isEqualTo(29);
        }

        /** Each gives back as many as it took, maybe to others: in the end none is lost or made. */
        @ParameterizedTest
        @EnumSource
        void isExactWhenManyDoIt(Algorithm algorithm) throws Exception {
            ExecutorService threads = Executors.newFixedThreadPool(8);
            try {
                List<Future<?>> done = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    Claim claim = store.claim(A, limit(20, algorithm), i % 2 == 0 ? null : "anna", 1 + i / 2, 0);
                    done.add(threads.submit(() -> {
                        for (int call = 0; call < 10_000; call++) {
                            if (store.tryAcquire(claim)) {
                                store.giveBack(claim);
                            }
                        }
                    }));
                }
                for (Future<?> each : done) {
                    each.get();
                }
            } finally {
                threads.shutdownNow();
            }
            for (String key : new String[] {null, "anna"}) {
                take(A, limit(20, algorithm), key, 20);
                assertThat(acquire(A, limit(20, algorithm), key, 1, 0).allowed())
                        .isFalse();
            }
        }
    }

    @Nested
    class Peeking {

        @ParameterizedTest
        @EnumSource
        void takesNothingAndMakesNoKey(Algorithm algorithm) {
            Claim claim = new Claim(A, limit(3, algorithm), "anna", 3, 0);
            for (int i = 0; i < 10; i++) {
                assertThat(store.peek(claim).allowed()).isTrue();
            }
            assertThat(store.keys()).isZero();
            take(A, limit(3, algorithm), "anna", 1);
            for (int i = 0; i < 10; i++) {
                assertThat(store.peek(new Claim(A, limit(3, algorithm), "anna", 2, 0))
                                .allowed())
                        .isTrue();
                assertThat(store.peek(claim).allowed()).isFalse();
            }
            assertThat(acquire(A, limit(3, algorithm), "anna", 2, 0).allowed()).isTrue();
        }

        @ParameterizedTest
        @EnumSource
        void isNothingThatCouldBeGivenBack(Algorithm algorithm) {
            Claim claim = new Claim(A, limit(3, algorithm), null, 2, FOR_EVER);
            take(A, limit(3, algorithm), null, 3);
            store.refund(AcquireRequest.of(claim), store.peek(claim));
            assertThat(acquire(A, limit(3, algorithm), null, 1, 0).allowed()).isFalse();
        }

        @ParameterizedTest
        @EnumSource
        void ofAKeyThatSharesABucketTellsWhatAcquireWould(Algorithm algorithm) {
            MemoryLimiterStore full = new MemoryLimiterStore(clock, 1);
            full.acquire(AcquireRequest.of(new Claim(A, limit(3, algorithm), "first", 1, 0)));
            Claim claim = new Claim(A, limit(3, algorithm), "second", 3, 0);
            assertThat(full.acquire(AcquireRequest.of(claim)).allowed()).isTrue();
            assertThat(full.peek(claim).allowed()).isFalse();
        }
    }

    @Nested
    class Refunding {

        @ParameterizedTest
        @EnumSource
        void givesBackOnceHoweverOftenItIsAsked(Algorithm algorithm) {
            Claim claim = new Claim(A, limit(10, algorithm), null, 3, 0);
            Decision first = store.acquire(AcquireRequest.of(claim));
            store.acquire(AcquireRequest.of(claim));
            for (int i = 0; i < 5; i++) {
                store.refund(AcquireRequest.of(claim), first);
            }
            assertThat(acquire(A, limit(10, algorithm), null, 1, 0).remaining()).isEqualTo(6);
        }

        @ParameterizedTest
        @EnumSource
        void ofTheLastReservationRestoresExactlyWhatWasThereBefore(Algorithm algorithm) {
            take(A, limit(10, algorithm), null, 10);
            acquire(A, limit(10, algorithm), null, 4, FOR_EVER);
            clock.jump(12_345);
            Claim claim = new Claim(A, limit(10, algorithm), null, 3, FOR_EVER);
            Decision before = store.peek(claim);
            Decision last = store.acquire(AcquireRequest.of(claim));
            assertThat(last.waitNanos()).isPositive();
            store.refund(AcquireRequest.of(claim), last);
            assertThat(store.peek(claim)).usingRecursiveComparison().isEqualTo(before);
        }

        @ParameterizedTest
        @EnumSource
        void ofWhatWasTakenBeforeAResetGivesNothing(Algorithm algorithm) {
            Limit limit = limit(5, algorithm);
            Claim claim = new Claim(A, limit, null, 5, 0);
            Decision old = store.acquire(AcquireRequest.of(claim));
            clock.jump(1);
            store.reset(A, null);
            take(A, limit, null, 5);
            store.refund(AcquireRequest.of(claim), old);
            assertThat(acquire(A, limit, null, 1, 0).allowed()).isFalse();
        }

        @ParameterizedTest
        @EnumSource
        void ofWhatWasTakenBeforeTheResetOfAnotherKeyGivesItBack(Algorithm algorithm) {
            Limit limit = limit(5, algorithm);
            Claim claim = new Claim(A, limit, "anna", 5, 0);
            Decision taken = store.acquire(AcquireRequest.of(claim));
            take(A, limit, "bert", 5);
            take(A, limit, null, 5);
            clock.jump(1);
            store.reset(A, "bert");
            store.reset(A, null);
            store.refund(AcquireRequest.of(claim), taken);
            assertThat(acquire(A, limit, "anna", 5, 0).allowed()).isTrue();
        }

        /** Only so many are known one by one; whoever is older than those gets too little back, never too much. */
        @Test
        void ofWhatWasTakenBeforeAResetLongAgoGivesNothingEither() {
            MemoryLimiterStore large = new MemoryLimiterStore(clock, 2 * Resets.MOST);
            Limit limit = Limit.of(5, Duration.ofDays(1));
            Claim claim = new Claim(A, limit, "anna", 5, 0);
            Decision old = large.acquire(AcquireRequest.of(claim));
            clock.jump(1);
            large.reset(A, "anna");
            assertThat(large.tryAcquire(claim)).isTrue();
            for (int i = 0; i < Resets.MOST; i++) {
                large.tryAcquire(new Claim(A, limit, "key " + i, 5, 0));
                large.reset(A, "key " + i);
            }
            Claim later = new Claim(A, limit, "bert", 5, 0);
            Decision young = large.acquire(AcquireRequest.of(later));
            large.refund(AcquireRequest.of(claim), old);
            large.refund(AcquireRequest.of(later), young);
            assertThat(large.tryAcquire(claim)).isFalse();
            assertThat(large.tryAcquire(later)).isTrue();
        }

        /** The older a call, the larger the numbers in which its age is counted. */
        @Test
        void ofAnOldCallGivesNothingBack() {
            Limit odd = Limit.of(1_000_003, Duration.ofDays(1)).withBurst(100_000);
            Claim claim = new Claim(A, odd, null, 100_000, 0);
            Decision old = store.acquire(AcquireRequest.of(claim));
            for (int days = 1; days < 400; days++) {
                clock.jump(Duration.ofDays(1).toNanos());
                assertThat(acquire(A, odd, null, 100_000, 0).allowed()).isTrue();
            }
            store.refund(AcquireRequest.of(claim), old);
            assertThat(acquire(A, odd, null, 1, 0).allowed()).isFalse();
        }

        /** The call waits for the next window, since this one has room only for smaller ones, and then gives up. */
        @ParameterizedTest
        @EnumSource
        void ofACallThatWaitedLeavesTheRoomThatWasThereForSmallerOnes(Algorithm algorithm) {
            take(A, limit(10, algorithm), null, 6);
            Claim claim = new Claim(A, limit(10, algorithm), null, 5, FOR_EVER);
            Decision waiting = store.acquire(AcquireRequest.of(claim));
            assertThat(waiting.waitNanos()).isPositive();
            store.refund(AcquireRequest.of(claim), waiting);
            assertThat(acquire(A, limit(10, algorithm), null, 4, 0).allowed()).isTrue();
        }

        @ParameterizedTest
        @EnumSource
        void ofSeveralCallsGivesAllBackInWhateverOrder(Algorithm algorithm) {
            Claim claim = new Claim(A, limit(10, algorithm), null, 3, 0);
            Decision first = store.acquire(AcquireRequest.of(claim));
            Decision second = store.acquire(AcquireRequest.of(claim));
            store.refund(AcquireRequest.of(claim), first);
            store.refund(AcquireRequest.of(claim), second);
            assertThat(acquire(A, limit(10, algorithm), null, 10, 0).allowed()).isTrue();
        }

        /** The second call has refilled by then, which its mark does not show once the first was given back. */
        @ParameterizedTest
        @EnumSource
        void neverGivesBackWhatALaterCallHasTaken(Algorithm algorithm) {
            Claim claim = new Claim(A, limit(10, algorithm), null, 5, 0);
            Decision first = store.acquire(AcquireRequest.of(claim));
            Decision second = store.acquire(AcquireRequest.of(claim));
            store.refund(AcquireRequest.of(claim), first);
            clock.jump(SECOND / 2);
            assertThat(acquire(A, limit(10, algorithm), null, 5, 0).allowed()).isTrue();
            store.refund(AcquireRequest.of(claim), second);
            assertThat(acquire(A, limit(10, algorithm), null, 10, 0).allowed()).isFalse();
        }

        @ParameterizedTest
        @EnumSource
        void ofADenialGivesNothing(Algorithm algorithm) {
            take(A, limit(10, algorithm), null, 10);
            Claim claim = new Claim(A, limit(10, algorithm), null, 3, 0);
            store.refund(AcquireRequest.of(claim), store.acquire(AcquireRequest.of(claim)));
            assertThat(acquire(A, limit(10, algorithm), null, 1, 0).allowed()).isFalse();
        }

        @ParameterizedTest
        @EnumSource
        void ofWhatHasRefilledGivesNothing(Algorithm algorithm) {
            Claim claim = new Claim(A, limit(10, algorithm), null, 10, 0);
            Decision old = store.acquire(AcquireRequest.of(claim));
            clock.jump(SECOND);
            store.acquire(AcquireRequest.of(claim));
            store.refund(AcquireRequest.of(claim), old);
            assertThat(acquire(A, limit(10, algorithm), null, 1, 0).allowed()).isFalse();
        }
    }

    @Nested
    class ManyThreads {

        @ParameterizedTest
        @EnumSource
        void getExactlyTheBurstWhileTheTimeStandsStill(Algorithm algorithm) throws Exception {
            Limit limit = limit(10_000, algorithm);
            AtomicLong allowed = new AtomicLong();
            inThreads(8, thread -> {
                String key = thread % 2 == 0 ? null : "";
                Claim prepared = store.claim(A, limit, key, 1, 0);
                for (int i = 0; i < 5_000; i++) {
                    boolean yes = i % 2 == 0
                            ? store.tryAcquire(prepared)
                            : acquire(A, limit, key, 1, 0).allowed();
                    allowed.addAndGet(yes ? 1 : 0);
                }
            });
            assertThat(allowed).hasValue(20_000);
        }

        @ParameterizedTest
        @EnumSource
        void onSeveralLimitsGetExactlyWhatTheTightestHas(Algorithm algorithm) throws Exception {
            AtomicLong allowed = new AtomicLong();
            inThreads(4, thread -> {
                for (int i = 0; i < 3_000; i++) {
                    allowed.addAndGet(
                            store.acquire(new AcquireRequest(List.of(
                                                    new Claim(A, limit(9_000, algorithm), null, 1, 0),
                                                    new Claim(B, limit(3_000, algorithm), "k", 1, 0))))
                                            .allowed()
                                    ? 1
                                    : 0);
                }
            });
            assertThat(allowed).hasValue(3_000);
            assertThat(acquire(A, limit(9_000, algorithm), null, 6_000, 0).allowed())
                    .isTrue();
            assertThat(acquire(A, limit(9_000, algorithm), null, 1, 0).allowed())
                    .isFalse();
        }

        @ParameterizedTest
        @EnumSource
        void whoseRefundsMeetTakesLoseNothing(Algorithm algorithm) throws Exception {
            Limit limit = limit(1_000, algorithm);
            inThreads(4, thread -> {
                for (int i = 0; i < 5_000; i++) {
                    AcquireRequest request = AcquireRequest.of(new Claim(A, limit, null, 1, 0));
                    store.refund(request, store.acquire(request));
                }
            });
            assertThat(acquire(A, limit, null, 1_000, 0).allowed()).isTrue();
            assertThat(acquire(A, limit, null, 1, 0).allowed()).isFalse();
        }

        @ParameterizedTest
        @EnumSource
        void thatMeetAChangeOfTheNumbersGetNoMoreThanTheLargest(Algorithm algorithm) throws Exception {
            Limit[] limits = {limit(1_000, algorithm), limit(2_000, algorithm), limit(500, SLIDING_WINDOW)};
            AtomicLong parts = new AtomicLong();
            inThreads(4, thread -> {
                for (int i = 0; i < 3_000; i++) {
                    Limit limit = limits[(i + thread) % 3];
                    parts.addAndGet(acquire(A, limit, null, 1, 0).allowed() ? 2_000 / limit.permits() : 0);
                }
            });
            assertThat(parts.get()).isBetween(1L, 2_000L);
        }
    }

    private interface Work {
        void in(int thread);
    }

    private static void inThreads(int threads, Work work) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            CountDownLatch start = new CountDownLatch(threads);
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int thread = i;
                all.add(executor.submit(() -> {
                    start.countDown();
                    start.await();
                    work.in(thread);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            executor.shutdownNow();
        }
    }

    private void take(LimitName name, Limit limit, String key, long cost) {
        Decision decision = acquire(name, limit, key, cost, 0);
        assertThat(decision.allowed()).as(decision.toString()).isTrue();
    }

    private Decision acquire(LimitName name, Limit limit, String key, long cost, long maxWait) {
        return store.acquire(AcquireRequest.of(new Claim(name, limit, key, cost, maxWait)));
    }

    private static Limit limit(long permits, Algorithm algorithm) {
        return Limit.of(permits, Duration.ofSeconds(1)).withAlgorithm(algorithm);
    }
}
