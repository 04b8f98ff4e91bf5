package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that wait for their turn. */
@Timeout(20)
class WaitingMethodTest {

    static class Partner {

        private final TimeSource time;
        private final List<String> calls = new CopyOnWriteArrayList<>();

        Partner(TimeSource time) {
            this.time = time;
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public String call(String name) {
            calls.add(name + " at " + Duration.ofNanos(time.nanoTime()).toSeconds() + "s");
            return name;
        }

        @RateLimited(permits = 1, per = "1d", maxWait = "forever")
        public void callSomeDay() {}

        @RateLimited(permits = 1, per = "10s")
        public void callByDefault() {}

        @RateLimited(permits = 1, per = "10s", maxWait = "0s")
        public void callNow() {}

        @RateLimited(permits = 1, per = "10s", maxWait = "1m")
        @RateLimited(permits = 2, per = "1h", maxWait = "1m")
        public void callUnderBoth() {}

        public List<String> calls() {
            return calls;
        }
    }

    @AutoClose
    private final Application application = new Application();

    /** A caller on a thread of its own. */
    private final class Caller {

        private final CompletableFuture<@Nullable Throwable> outcome = new CompletableFuture<>();
        private final Thread thread;
        private volatile boolean interruptedAfterwards;

        Caller(Runnable call) {
            thread = new Thread(() -> {
                Throwable thrown = null;
                try {
                    call.run();
                } catch (Throwable failure) {
                    thrown = failure;
                }
                interruptedAfterwards = Thread.currentThread().isInterrupted();
                outcome.complete(thrown);
            });
            int parkedBefore = application.time().parkedThreads();
            thread.start();
            while (application.time().parkedThreads() == parkedBefore && !outcome.isDone()) {
                Thread.onSpinWait();
            }
        }

        boolean waits() {
            return !outcome.isDone();
        }

        /** What it threw; {@code null} = nothing, it was let in. */
        @Nullable
        Throwable thrown() throws InterruptedException, ExecutionException, TimeoutException {
            return outcome.get(10, TimeUnit.SECONDS);
        }
    }

    @AfterEach
    void theTestThreadIsNotInterrupted() {
        assertThat(Thread.interrupted()).isFalse();
    }

    @Nested
    class ACallThatMayWait {

        private final Partner partner = application.start(Partner.class).bean(Partner.class);

        @Test
        void goesOnAtItsTurnAndNotBefore() throws Exception {
            partner.call("first");
            Caller second = new Caller(() -> partner.call("second"));

            application.advance(Duration.ofSeconds(10).minusNanos(1));
            assertThat(second.waits()).isTrue();
            assertThat(partner.calls()).containsExactly("first at 0s");

            application.advance(Duration.ofNanos(1));
            assertThat(second.thrown()).isNull();
            assertThat(partner.calls()).containsExactly("first at 0s", "second at 10s");
        }

        @Test
        void goesOnInTheOrderOfArrival() throws Exception {
            partner.call("first");
            Caller second = new Caller(() -> partner.call("second"));
            Caller third = new Caller(() -> partner.call("third"));

            application.advance(Duration.ofSeconds(10));
            assertThat(second.thrown()).isNull();
            assertThat(third.waits()).isTrue();

            application.advance(Duration.ofSeconds(10));
            assertThat(third.thrown()).isNull();
            assertThat(partner.calls()).containsExactly("first at 0s", "second at 10s", "third at 20s");
        }

        @Test
        void isDeniedAtOnceWhenItsTurnWouldComeTooLate() {
            partner.call("first");
            Caller second = new Caller(() -> partner.call("second"));
            Caller third = new Caller(() -> partner.call("third"));

            RateLimitExceededException denied =
                    catchThrowableOfType(RateLimitExceededException.class, () -> partner.call("fourth"));

            assertThat(denied.getDecision().reason()).isEqualTo(Reason.OVER_LIMIT);
            assertThat(second.waits()).isTrue();
            assertThat(third.waits()).isTrue();
        }

        @Test
        void maySayForever() throws Exception {
            partner.callSomeDay();
            Caller second = new Caller(partner::callSomeDay);
            Caller third = new Caller(partner::callSomeDay);

            application.advance(Duration.ofDays(1));
            assertThat(second.thrown()).isNull();
            assertThat(third.waits()).isTrue();
            application.advance(Duration.ofDays(1));
            assertThat(third.thrown()).isNull();
        }

        @Test
        void waitsForTheSlowestOfItsLimits() throws Exception {
            partner.callUnderBoth();
            Caller second = new Caller(partner::callUnderBoth);
            application.advance(Duration.ofSeconds(10));
            assertThat(second.thrown()).isNull();

            assertThat(catchThrowableOfType(RateLimitExceededException.class, partner::callUnderBoth)
                            .getLimitName())
                    .isEqualTo("Partner.callUnderBoth#2");
        }
    }

    @Nested
    class AWaiterThatIsInterrupted {

        private final Partner partner = application.start(Partner.class).bean(Partner.class);

        @Test
        void isDeniedWithItsFlagSet() throws Exception {
            partner.call("first");
            Caller second = new Caller(() -> partner.call("second"));

            second.thread.interrupt();

            assertThat(second.thrown())
                    .hasMessage("Rate limit 'Partner.call': interrupted while waiting: 1 per 10s")
                    .isInstanceOfSatisfying(RateLimitExceededException.class, denied -> {
                        assertThat(denied.getDecision().reason()).isEqualTo(Reason.INTERRUPTED);
                        assertThat(denied.getDecision().allowed()).isFalse();
                    });
            assertThat(second.interruptedAfterwards).isTrue();
            assertThat(partner.calls()).containsExactly("first at 0s");
        }

        @Test
        void givesItsPermitBack() throws Exception {
            partner.call("first");
            Caller second = new Caller(() -> partner.call("second"));
            second.thread.interrupt();
            assertThat(second.thrown()).isInstanceOf(RateLimitExceededException.class);

            Caller third = new Caller(() -> partner.call("third"));
            application.advance(Duration.ofSeconds(10));

            assertThat(third.thrown()).isNull();
            assertThat(partner.calls()).containsExactly("first at 0s", "third at 10s");
        }

        @Test
        void letsThoseBehindMoveUp() throws Exception {
            partner.call("first");
            Caller second = new Caller(() -> partner.call("second"));
            Caller third = new Caller(() -> partner.call("third"));

            second.thread.interrupt();
            assertThat(second.thrown()).isInstanceOf(RateLimitExceededException.class);
            application.advance(Duration.ofSeconds(10));

            assertThat(third.thrown()).isNull();
        }

        @Test
        void isAlsoOneThatWasInterruptedBeforeItCame() throws Exception {
            partner.call("first");
            Caller second = new Caller(() -> {
                Thread.currentThread().interrupt();
                partner.call("second");
            });

            assertThat(second.thrown()).isInstanceOf(RateLimitExceededException.class);
            assertThat(second.interruptedAfterwards).isTrue();
        }

        @Test
        void isNotOneThatNeedNotWait() throws Exception {
            Caller first = new Caller(() -> {
                Thread.currentThread().interrupt();
                partner.call("first");
            });

            assertThat(first.thrown()).isNull();
            assertThat(first.interruptedAfterwards).isTrue();
        }
    }

    @Nested
    class WhereNobodySaysHowLong {

        @Test
        void nobodyWaits() {
            Partner partner = application.start(Partner.class).bean(Partner.class);
            partner.callByDefault();

            assertThat(catchThrowableOfType(RateLimitExceededException.class, partner::callByDefault))
                    .hasMessage("Rate limit 'Partner.callByDefault' exceeded: 1 per 10s; retry after 10s");
        }

        @Test
        void theDefaultHolds() throws Exception {
            Partner partner = application
                    .maxWait(Duration.ofSeconds(10))
                    .start(Partner.class)
                    .bean(Partner.class);
            partner.callByDefault();
            Caller second = new Caller(partner::callByDefault);
            assertThat(second.waits()).isTrue();

            application.advance(Duration.ofSeconds(10));
            assertThat(second.thrown()).isNull();
        }

        @Test
        void theDefaultGivesWayToNotWaitingAtAll() {
            Partner partner = application
                    .maxWait(Duration.ofSeconds(10))
                    .start(Partner.class)
                    .bean(Partner.class);
            partner.callNow();

            assertThat(catchThrowableOfType(RateLimitExceededException.class, partner::callNow))
                    .isNotNull();
        }
    }
}
