package io.github.ratelimited;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.ratelimited.test.MutableTimeSource;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the annotation does for a method, a limiter does for a piece of code. */
@Timeout(20)
class LimitedCallTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final MutableTimeSource time = new MutableTimeSource();
    private final RateLimiter limiter = RateLimiter.create(Limit.of(2, SECOND), time);
    private final List<String> done = new ArrayList<>();

    @Nested
    class ABlockingCall {

        @Test
        void returnsWhatTheActionReturnsAndIsDeniedWhenThereIsNoPermit() throws Exception {
            assertThat(limiter.call(() -> "first")).isEqualTo("first");
            limiter.run(() -> done.add("second"));
            assertThatExceptionOfType(RateLimitExceededException.class)
                    .isThrownBy(() -> limiter.run(() -> done.add("third")))
                    .satisfies(denial -> assertThat(denial.getRetryAfter()).isEqualTo(Duration.ofMillis(500)));
            assertThat(done).containsExactly("second");
        }

        @Test
        void throwsWhatTheActionThrowsAndThePermitIsSpent() {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> limiter.call(() -> {
                        throw new IOException("cut off");
                    }));
            assertThat(limiter.peek().remaining()).isEqualTo(1);
        }

        @Test
        void costsWhatItIsSaidTo() throws Exception {
            assertThat(limiter.call(2, () -> "both")).isEqualTo("both");
            assertThat(limiter.tryAcquire()).isFalse();
            assertThatIllegalArgumentException().isThrownBy(() -> limiter.call(0, () -> "none"));
        }

        @Test
        void waitsAsLongAsTheLimiterLetsIt() throws Exception {
            assertThat(limiter.tryAcquire(2)).isTrue();
            RateLimiter patient = limiter.withMaxWait(SECOND);
            CompletableFuture<Duration> waited = new CompletableFuture<>();
            Thread caller = new Thread(() -> {
                try {
                    waited.complete(patient.call(2, () -> Duration.ofNanos(time.nanoTime())));
                } catch (Exception failed) {
                    waited.completeExceptionally(failed);
                }
            });
            caller.start();
            time.awaitParkedThreads(1);
            time.advance(SECOND);
            assertThat(waited.join()).isEqualTo(SECOND);
            assertThatExceptionOfType(RateLimitExceededException.class)
                    .isThrownBy(() -> limiter.withMaxWait(SECOND.minusNanos(1)).call(2, () -> "too late"));
        }

        @Test
        void ofAKeyCountsForThatKey() throws Exception {
            RateLimiter ada = limiter.forKey("ada");
            assertThat(ada.call(2, () -> "ada")).isEqualTo("ada");
            assertThat(limiter.forKey("bob").call(2, () -> "bob")).isEqualTo("bob");
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(() -> ada.call(() -> "ada again"));
        }

        @Test
        void ofAnInterruptedThreadIsNotMadeAndCostsNothing() {
            Thread.currentThread().interrupt();
            assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> limiter.call(() -> "never"));
            assertThat(limiter.peek().remaining()).isEqualTo(2);
        }
    }

    @Nested
    class TheLongestWait {

        @Test
        void isZeroForALimiterThatNobodyConfigured() {
            assertThat(limiter.maxWait()).isZero();
        }

        @Test
        void isTheOneGivenAndKeptForKeys() {
            RateLimiter patient = limiter.withMaxWait(SECOND);
            assertThat(patient.maxWait()).isEqualTo(SECOND);
            assertThat(patient.forKey("ada").maxWait()).isEqualTo(SECOND);
            assertThat(patient.forKey("ada").withMaxWait(Duration.ofSeconds(-1)).maxWait())
                    .isZero();
            assertThat(limiter.maxWait()).isZero();
        }

        @Test
        void sharesThePermits() {
            assertThat(limiter.withMaxWait(SECOND).tryAcquire(2)).isTrue();
            assertThat(limiter.tryAcquire()).isFalse();
        }
    }

    @Nested
    class AnAsynchronousCall {

        private final RateLimiter patient = limiter.withMaxWait(SECOND);

        @Test
        void isMadeAtOnceIfThereIsAPermit() {
            CompletableFuture<String> source = new CompletableFuture<>();
            CompletableFuture<String> result = patient.callAsync(() -> source);
            assertThat(result).isNotDone();
            source.complete("answer");
            assertThat(result).isCompletedWithValue("answer");
        }

        @Test
        void isMadeWhenItsTurnComes() {
            assertThat(limiter.tryAcquire(2)).isTrue();
            CompletableFuture<Duration> result =
                    patient.callAsync(2, () -> CompletableFuture.completedFuture(Duration.ofNanos(time.nanoTime())));
            time.advance(SECOND.minusNanos(1));
            assertThat(result).isNotDone();
            time.advance(Duration.ofNanos(1));
            assertThat(result).isCompletedWithValue(SECOND);
        }

        @Test
        void failsIfDeniedAndTheActionIsNotStarted() {
            assertThat(limiter.tryAcquire(2)).isTrue();
            assertThatExceptionOfType(CompletionException.class)
                    .isThrownBy(() -> limiter.callAsync(() -> {
                                done.add("started");
                                return CompletableFuture.completedFuture("answer");
                            })
                            .join())
                    .withCauseInstanceOf(RateLimitExceededException.class);
            assertThat(done).isEmpty();
        }

        @Test
        void failsAsTheActionDoes() {
            IOException cutOff = new IOException("cut off");
            assertThatExceptionOfType(CompletionException.class)
                    .isThrownBy(() -> patient.callAsync(() -> CompletableFuture.failedFuture(cutOff))
                            .join())
                    .withCause(cutOff);
            assertThatExceptionOfType(CompletionException.class)
                    .isThrownBy(() -> patient.callAsync(() -> {
                                throw new IllegalStateException("not even started");
                            })
                            .join())
                    .withCauseInstanceOf(IllegalStateException.class);
        }

        @Test
        void cancelledBeforeItsTurnGivesThePermitBack() {
            assertThat(limiter.tryAcquire(2)).isTrue();
            CompletableFuture<String> first = patient.callAsync(2, () -> CompletableFuture.completedFuture("first"));
            assertThat(patient.acquireAsync(2, SECOND)).isCompletedExceptionally();
            first.cancel(false);
            CompletableFuture<String> second = patient.callAsync(2, () -> CompletableFuture.completedFuture("second"));
            time.advance(SECOND);
            assertThat(second).isCompletedWithValue("second");
        }

        @Test
        void cancelledLaterCancelsTheActionsFuture() {
            CompletableFuture<String> source = new CompletableFuture<>();
            CompletableFuture<String> result = patient.callAsync(() -> source);
            result.cancel(true);
            assertThatExceptionOfType(CancellationException.class).isThrownBy(source::join);
        }

        @Test
        void isMadeWithTheContextClassLoaderOfItsCaller() throws IOException {
            Thread thread = Thread.currentThread();
            ClassLoader timers = thread.getContextClassLoader();
            assertThat(limiter.tryAcquire(2)).isTrue();
            CompletableFuture<ClassLoader> seen;
            try (URLClassLoader callers = new URLClassLoader(new URL[0], timers)) {
                thread.setContextClassLoader(callers);
                seen = patient.callAsync(() -> CompletableFuture.completedFuture(thread.getContextClassLoader()));
                thread.setContextClassLoader(timers);
                time.advance(SECOND);
                assertThat(seen).isCompletedWithValue(callers);
                assertThat(thread.getContextClassLoader()).isSameAs(timers);
            } finally {
                thread.setContextClassLoader(timers);
            }
        }

        /** In real time, since a test's clock makes calls by itself; how long it takes does not matter. */
        @Test
        void thatBlocksKeepsNobodyElseFromTheirTurn() {
            CountDownLatch released = new CountDownLatch(1);
            List<CompletableFuture<Boolean>> blocked = new ArrayList<>();
            for (int i = 0; i <= ForkJoinPool.getCommonPoolParallelism(); i++) {
                blocked.add(afterAWait(() -> CompletableFuture.completedFuture(await(released))));
            }
            afterAWait(() -> {
                released.countDown();
                return CompletableFuture.completedFuture(true);
            });
            assertThat(blocked).allMatch(CompletableFuture::join);
        }

        private static CompletableFuture<Boolean> afterAWait(Supplier<CompletableFuture<Boolean>> action) {
            RateLimiter real = RateLimiter.create(Limit.of(1, Duration.ofMillis(50)));
            assertThat(real.tryAcquire()).isTrue();
            return real.withMaxWait(SECOND).callAsync(action);
        }

        private static boolean await(CountDownLatch latch) {
            try {
                return latch.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException interrupted) {
                return false;
            }
        }

        @Test
        void costsAtLeastOnePermit() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> patient.callAsync(0, () -> CompletableFuture.completedFuture("none")));
        }
    }
}
