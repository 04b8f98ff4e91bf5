package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.autoconfigure.client.OutboundLimitExceededException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.MessageSource;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.servlet.support.RequestContextUtils;

/** Answers a denial that nobody else answers: an {@code @ExceptionHandler} of the application comes first. */
@ControllerAdvice
@Order(Ordered.LOWEST_PRECEDENCE)
final class DenialAdvice {

    private final MessageSource messages;
    private final Supplier<DirectAnswer> direct;

    DenialAdvice(MessageSource messages, Supplier<DirectAnswer> direct) {
        this.messages = messages;
        this.direct = direct;
    }

    /** By way of Spring, unless it has been written. */
    @ExceptionHandler(RateLimitExceededException.class)
    @Nullable
    ErrorResponse answer(Exception failure, HttpServletRequest request, HttpServletResponse response, Locale locale)
            throws Exception {
        RateLimitExceededException denial = Denials.in(failure);
        if (denial == null) {
            throw failure; // not ours: thrown again, it is the next resolver's
        }
        ProblemDetail problem = problem(denial, request, locale);
        return direct.get().write(problem, Denials.retryAfter(denial), request, response)
                ? null
                : Denials.answer(denial, problem);
    }

    /** Whether a denial that came out of a filter has been answered, as nobody else would do it. */
    boolean hasAnswered(RateLimitExceededException denial, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        return direct.get().isForFilters()
                && direct.get().write(problem(denial, request), Denials.retryAfter(denial), request, response);
    }

    /** By our own problem, whatever the application's handlers and the client want: no view is rendered out here. */
    void answerAnyway(RateLimitExceededException denial, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        direct.get().writeAnyway(problem(denial, request), Denials.retryAfter(denial), response);
    }

    /** At once, lest an error page that is for those who are known only turns it into a 401. */
    void forbid(ForbiddenClientException forbidden, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (!direct.get().write(forbidden.getBody(), null, request, response)) {
            response.resetBuffer();
            response.setStatus(forbidden.getStatusCode().value());
        }
    }

    private ProblemDetail problem(RateLimitExceededException denial, HttpServletRequest request) {
        return problem(denial, request, RequestContextUtils.getLocale(request));
    }

    private ProblemDetail problem(RateLimitExceededException denial, HttpServletRequest request, Locale locale) {
        AnswerFields fields = ServletEdgeFilter.fieldsOf(request);
        if (fields != null && !(denial instanceof OutboundLimitExceededException)) {
            fields.decided(denial.getDecision());
        }
        return Denials.problem(denial, request.getRequestURI(), messages, locale);
    }
}
