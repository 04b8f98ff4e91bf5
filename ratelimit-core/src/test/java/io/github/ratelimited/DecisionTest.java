package io.github.ratelimited;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision.Reason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class DecisionTest {

    private static final Limit MINUTE = Limit.of(100, Duration.ofMinutes(1));
    private static final Limit HOUR = Limit.of(1000, Duration.ofHours(1));

    @Nested
    class OfOneLimit {

        @Test
        void allowedItTellsWhatIsLeftAndHowLongToWait() {
            Decision decision = Decision.allowed("checkout", MINUTE, 2, 98, 1200, 300, 7, 42);
            assertThat(decision.allowed()).isTrue();
            assertThat(decision.reason()).isEqualTo(Reason.WITHIN_LIMIT);
            assertThat(decision.limitName()).isEqualTo("checkout");
            assertThat(decision.limit()).isEqualTo(MINUTE);
            assertThat(decision.cost()).isEqualTo(2);
            assertThat(decision.remaining()).isEqualTo(98);
            assertThat(decision.retryAfter()).isEqualTo(Duration.ZERO);
            assertThat(decision.resetAfter()).isEqualTo(Duration.ofNanos(1200));
            assertThat(decision.waitTime()).isEqualTo(Duration.ofNanos(300));
            assertThat(decision.waitNanos()).isEqualTo(300);
            assertThat(decision.grantedAt()).isEqualTo(7);
            assertThat(decision.before()).isEqualTo(42);
            assertThat(decision.parts()).containsExactly(decision);
        }

        @Test
        void overTheLimitItTellsWhenToRetry() {
            Decision decision = Decision.overLimit("checkout", MINUTE, 2, 1, 600, 1200);
            assertThat(decision.allowed()).isFalse();
            assertThat(decision.reason()).isEqualTo(Reason.OVER_LIMIT);
            assertThat(decision.remaining()).isEqualTo(1);
            assertThat(decision.retryAfter()).isEqualTo(Duration.ofNanos(600));
            assertThat(decision.resetAfter()).isEqualTo(Duration.ofNanos(1200));
            assertThat(decision.waitTime()).isZero();
        }

        @Test
        void laterOnlyADenialIsNearerItsEnd() {
            Decision denied =
                    Decision.overLimit("checkout", MINUTE, 2, 1, 600, 1200).later(500);
            assertThat(denied.retryAfter()).isEqualTo(Duration.ofNanos(100));
            assertThat(denied.resetAfter()).isEqualTo(Duration.ofNanos(700));
            assertThat(denied.later(500).retryAfter()).isZero();
            Decision never =
                    Decision.costAboveLimit("checkout", MINUTE, 101, 100, 0).later(500);
            assertThat(never.retryAfter()).isNull();
            Decision waits = Decision.allowed("checkout", MINUTE, 2, 98, 1200, 300, 7, 42)
                    .later(100);
            assertThat(waits.waitNanos()).isEqualTo(300);
        }

        @Test
        void aboveTheLimitItCanNeverBeRetried() {
            Decision decision = Decision.costAboveLimit("checkout", MINUTE, 101, 100, 0);
            assertThat(decision.allowed()).isFalse();
            assertThat(decision.reason()).isEqualTo(Reason.COST_ABOVE_LIMIT);
            assertThat(decision.retryAfter()).isNull();
        }

        @Test
        void interruptedItIsADenialThatCouldBeRetriedAfterTheWait() {
            Decision decision =
                    Decision.allowed("checkout", MINUTE, 1, 0, 1200, 300, 7, 42).interrupted();
            assertThat(decision.allowed()).isFalse();
            assertThat(decision.reason()).isEqualTo(Reason.INTERRUPTED);
            assertThat(decision.waitTime()).isZero();
            assertThat(decision.retryAfter()).isEqualTo(Duration.ofNanos(300));
            assertThat(decision.takeRefund()).isFalse();
        }
    }

    @Nested
    class OfSeveralLimits {

        @Test
        void allowedItHasTheLongestWaitAndTheNumbersOfTheTightest() {
            Decision roomy = Decision.allowed("hour", HOUR, 1, 700, 5, 900, 7, 0);
            Decision tight = Decision.allowed("minute", MINUTE, 1, 3, 7, 200, 7, 0);
            Decision both = Decision.ofAll(List.of(roomy, tight));
            assertThat(both.allowed()).isTrue();
            assertThat(both.limitName()).isEqualTo("minute");
            assertThat(both.remaining()).isEqualTo(3);
            assertThat(both.resetAfter()).isEqualTo(Duration.ofNanos(7));
            assertThat(both.waitNanos()).isEqualTo(900);
            assertThat(both.parts()).containsExactly(roomy, tight);
        }

        @Test
        void deniedItSpeaksOfTheDeniedLimitThatHoldsBackLongest() {
            Decision passing = Decision.allowed("free", HOUR, 1, 0, 5, 9000, 7, 0);
            Decision sooner = Decision.overLimit("minute", MINUTE, 1, 0, 500, 1);
            Decision later = Decision.overLimit("hour", HOUR, 1, 0, 600, 1);
            Decision all = Decision.ofAll(List.of(passing, later, sooner));
            assertThat(all.allowed()).isFalse();
            assertThat(all.limitName()).isEqualTo("hour");
            assertThat(all.retryAfter()).isEqualTo(Duration.ofNanos(600));
            assertThat(all.waitTime()).isZero();
            assertThat(all.parts()).containsExactly(passing, later, sooner);
        }

        @Test
        void deniedForGoodByOneItIsDeniedForGood() {
            Decision later = Decision.overLimit("hour", HOUR, 1, 0, Long.MAX_VALUE - 1, 1);
            Decision never = Decision.costAboveLimit("minute", MINUTE, 1, 0, 1);
            Decision both = Decision.ofAll(List.of(later, never));
            assertThat(both.reason()).isEqualTo(Reason.COST_ABOVE_LIMIT);
            assertThat(both.retryAfter()).isNull();
        }
    }

    @Nested
    class ARefund {

        @Test
        void canBeTakenOnce() {
            Decision decision = Decision.allowed("checkout", MINUTE, 1, 0, 0, 0, 7, 0);
            assertThat(decision.takeRefund()).isTrue();
            assertThat(decision.takeRefund()).isFalse();
        }

        @Test
        void ofADenialDoesNotExist() {
            assertThat(Decision.overLimit("checkout", MINUTE, 1, 0, 1, 1).takeRefund())
                    .isFalse();
        }
    }

    @Nested
    class Shown {

        @Test
        void allowedWithAWait() {
            assertThat(Decision.allowed("checkout", MINUTE, 1, 0, 0, 2_400_000_000L, 7, 0))
                    .hasToString("allowed by 'checkout' (100 per 1m), cost 1, remaining 0, wait 2.4s");
        }

        @Test
        void allowedWithoutOne() {
            assertThat(Decision.allowed("checkout", MINUTE, 1, 99, 0, 0, 7, 0))
                    .hasToString("allowed by 'checkout' (100 per 1m), cost 1, remaining 99");
        }

        @Test
        void deniedWithTheReason() {
            assertThat(Decision.overLimit("checkout", MINUTE, 1, 0, 2_400_000_000L, 0))
                    .hasToString(
                            "denied by 'checkout' (100 per 1m), cost 1, remaining 0, OVER_LIMIT, retry after 2.4s");
            assertThat(Decision.costAboveLimit("checkout", MINUTE, 101, 100, 0))
                    .hasToString("denied by 'checkout' (100 per 1m), cost 101, remaining 100, COST_ABOVE_LIMIT,"
                            + " retry after never");
        }
    }
}
