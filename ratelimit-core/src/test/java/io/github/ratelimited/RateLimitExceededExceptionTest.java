package io.github.ratelimited;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateLimitExceededExceptionTest {

    private static final Limit LIMIT = Limit.of(100, Duration.ofMinutes(1));

    @Test
    void saysLimitNumbersAndWhenToRetry() {
        assertThat(denied(Duration.ofMillis(2400)))
                .hasMessage("Rate limit 'checkout' exceeded: 100 per 1m; retry after 2.4s");
    }

    @ParameterizedTest
    @CsvSource({
        "PT0.000000001S, 1ns",
        "PT0.0000015S, 1us500ns",
        "PT0.001S, 1ms",
        "PT0.001000001S, 2ms",
        "PT0.9999S, 1s",
        "PT1S, 1s",
        "PT1.000000001S, 1.1s",
        "PT2.3000001S, 2.4s",
        "PT59S, 59s",
        "PT1M, 1m",
        "PT1M0.000000001S, 1m1s",
        "PT1H30M, 1h30m",
        "PT48H, 2d"
    })
    void roundsTheRetryUpNeverDown(Duration retryAfter, String shown) {
        assertThat(denied(retryAfter)).hasMessageEndingWith("; retry after " + shown);
    }

    @Test
    void saysThatACostAboveTheLimitIsDeniedForGood() {
        RateLimitExceededException exception =
                new RateLimitExceededException(Decision.costAboveLimit("checkout", LIMIT, 101, 100, 0));
        assertThat(exception).hasMessage("Rate limit 'checkout' can never allow a cost of 101: 100 per 1m");
        assertThat(exception.getRetryAfter()).isNull();
    }

    @Test
    void saysThatTheCallerWasInterruptedWhileItWaited() {
        Decision waiting = Decision.allowed("checkout", LIMIT, 1, 0, 1, 5_000_000_000L, 7, 0);
        assertThat(new RateLimitExceededException(waiting.interrupted()))
                .hasMessage("Rate limit 'checkout': interrupted while waiting: 100 per 1m");
    }

    @Test
    void tellsWhatWasDecided() {
        Decision decision = Decision.overLimit("checkout", LIMIT, 1, 0, 7, 9);
        RateLimitExceededException exception = new RateLimitExceededException(decision);
        assertThat(exception.getLimitName()).isEqualTo("checkout");
        assertThat(exception.getRetryAfter()).isEqualTo(Duration.ofNanos(7));
        assertThat(exception.getDecision()).isSameAs(decision);
    }

    @Test
    void isARejectedExecutionWithoutAStackTrace() {
        assertThat(denied(Duration.ofSeconds(1)))
                .isInstanceOf(RejectedExecutionException.class)
                .hasNoCause();
        assertThat(denied(Duration.ofSeconds(1)).getStackTrace()).isEmpty();
    }

    private static RateLimitExceededException denied(Duration retryAfter) {
        return new RateLimitExceededException(
                Decision.overLimit("checkout", LIMIT, 1, 0, retryAfter.toNanos(), retryAfter.toNanos()));
    }

    @Test
    void tellsTheSameOnAnotherMachine() throws Exception {
        RateLimitExceededException thrown = new RateLimitExceededException(
                Decision.overLimit("checkout", LIMIT, 1, 0, 2_400_000_000L, 5_000_000_000L));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(thrown);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            RateLimitExceededException read = (RateLimitExceededException) in.readObject();
            assertThat(read).hasMessage(thrown.getMessage());
            assertThat(read.getRetryAfter()).isEqualTo(thrown.getRetryAfter());
            assertThat(read.getLimitName()).isEqualTo("checkout");
        }
    }
}
