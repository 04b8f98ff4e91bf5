package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.autoconfigure.client.OutboundLimitExceededException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.context.MessageSource;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ResponseStatus;

/**
 * What a client is told of a denial: 429, or 503 where not the client but the store is the reason, when to come back, and
 * a problem (RFC 9457) of the types of draft-ietf-httpapi-ratelimit-headers-10.
 */
final class Denials {

    private static final String TYPES = "https://iana.org/assignments/http-problem-types#";
    private static final URI QUOTA_EXCEEDED = URI.create(TYPES + "quota-exceeded");
    private static final URI REDUCED_CAPACITY = URI.create(TYPES + "temporary-reduced-capacity");

    /** Deep enough for what wraps exceptions on their way through a web application. */
    private static final int DEEPEST = 20;

    private Denials() {}

    /** What a client is told of a denial of a request for that path, in the application's words if it has any. */
    static ProblemDetail problem(
            RateLimitExceededException denial, String path, MessageSource messages, Locale locale) {
        Decision decision = denial.getDecision();
        boolean isOurs = isOurs(denial);
        HttpStatus status = status(denial);
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, detail(denial));
        problem.setType(isOurs ? REDUCED_CAPACITY : QUOTA_EXCEEDED);
        problem.setTitle(isOurs ? "Temporarily reduced capacity" : "Quota exceeded");
        problem.setInstance(instance(path));
        if (!isOurs) {
            problem.setProperty("violated-policies", violated(decision));
        }
        return ErrorResponse.builder(denial, problem).build().updateAndGetBody(messages, locale);
    }

    /** What limits the application's own requests is none of its clients' business. */
    private static String detail(RateLimitExceededException denial) {
        return denial instanceof OutboundLimitExceededException
                ? "Something that this needs cannot be asked now"
                : String.valueOf(denial.getMessage());
    }

    /** The answer with that problem, as Spring and those who intercept its answers know it. */
    static ErrorResponse answer(RateLimitExceededException denial, ProblemDetail problem) {
        ErrorResponse.Builder answer = ErrorResponse.builder(denial, problem);
        String retryAfter = retryAfter(denial);
        return retryAfter == null
                ? answer.build()
                : answer.header(HttpHeaders.RETRY_AFTER, retryAfter).build();
    }

    /** The value of {@code Retry-After}; {@code null} if there is none. */
    static @Nullable String retryAfter(RateLimitExceededException denial) {
        Duration retryAfter = denial.getRetryAfter();
        return retryAfter == null ? null : Long.toString(Math.max(1, AnswerStyle.wholeSeconds(retryAfter)));
    }

    static HttpStatus status(RateLimitExceededException denial) {
        return isOurs(denial) ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.TOO_MANY_REQUESTS;
    }

    /** Whether the client could do nothing about it. */
    private static boolean isOurs(RateLimitExceededException denial) {
        Decision decision = denial.getDecision();
        return denial instanceof OutboundLimitExceededException
                || !decision.counted()
                || decision.reason() == Reason.INTERRUPTED;
    }

    /** Two slashes in front would begin a host. */
    private static URI instance(String path) {
        try {
            return URI.create(path.startsWith("//") ? path.replaceFirst("^/+", "/") : path);
        } catch (IllegalArgumentException strange) {
            return URI.create("/");
        }
    }

    private static List<String> violated(Decision decision) {
        List<String> names = new ArrayList<>(2);
        for (Decision part : decision.parts()) {
            if (!part.allowed() && !names.contains(part.limitName())) {
                names.add(part.limitName());
            }
        }
        return names;
    }

    /** The denial that a failure is, or was caused by, unless the application has made another answer of it. */
    static @Nullable RateLimitExceededException in(@Nullable Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            if (cause instanceof RateLimitExceededException denial) {
                return denial;
            }
            cause = isAnswer(cause) ? null : cause.getCause();
        }
        return null;
    }

    private static boolean isAnswer(Throwable failure) {
        return failure instanceof ErrorResponse
                || AnnotatedElementUtils.hasAnnotation(failure.getClass(), ResponseStatus.class);
    }
}
