package io.github.ratelimited.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.http.HttpHeaders;

class TooManyRequestsAdviceTest {

    private static final Limit LIMIT = Limit.of(2, Duration.ofSeconds(10));

    private final TooManyRequestsAdvice advice = new TooManyRequestsAdvice();

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "1_000_000_000, 1", "1_000_000_001, 2", "9_999_999_999, 10"})
    void retryAfterIsInWholeSecondsRoundedUpAndNeverZero(String nanos, String seconds) {
        Decision denied = Decision.overLimit("orders", LIMIT, 1, 0, Long.parseLong(nanos.replace("_", "")), 0);

        assertThat(headers(denied).get(HttpHeaders.RETRY_AFTER)).containsExactly(seconds);
    }

    @Test
    void aCallThatCanNeverBeAllowedIsNotToldToRetry() {
        Decision denied = Decision.costAboveLimit("orders", LIMIT, 3, 2, 0);

        assertThat(headers(denied).get(HttpHeaders.RETRY_AFTER)).isNull();
    }

    private HttpHeaders headers(Decision denied) {
        return advice.answer(new RateLimitExceededException(denied)).getHeaders();
    }
}
