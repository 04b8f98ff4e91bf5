package io.github.ratelimited.sample;

import io.github.ratelimited.RateLimitExceededException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Answers a denied call with 429, when to come back, and a problem as RFC 9457 describes it. */
@RestControllerAdvice
class TooManyRequestsAdvice {

    private static final URI QUOTA_EXCEEDED =
            URI.create("https://iana.org/assignments/http-problem-types#quota-exceeded");

    @ExceptionHandler
    ResponseEntity<ProblemDetail> answer(RateLimitExceededException denied) {
        ProblemDetail problem =
                ProblemDetail.forStatusAndDetail(HttpStatus.TOO_MANY_REQUESTS, String.valueOf(denied.getMessage()));
        problem.setType(QUOTA_EXCEEDED);
        problem.setProperty("violated-policies", List.of(denied.getLimitName()));
        ResponseEntity.BodyBuilder answer = ResponseEntity.status(HttpStatus.TOO_MANY_REQUESTS);
        Duration retryAfter = denied.getRetryAfter();
        if (retryAfter != null) {
            answer.header(HttpHeaders.RETRY_AFTER, Long.toString(wholeSeconds(retryAfter)));
        }
        return answer.body(problem);
    }

    /** Rounded up and never 0, since whoever comes back too early is denied again. */
    private static long wholeSeconds(Duration duration) {
        return Math.max(1, duration.plusNanos(999_999_999).toSeconds());
    }
}
