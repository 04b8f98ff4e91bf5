package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.RateLimitExceededException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import org.springframework.context.MessageSource;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;

/** Answers a denial that nobody else answers: an {@code @ExceptionHandler} of the application comes first. */
@ControllerAdvice
@Order(Ordered.LOWEST_PRECEDENCE)
final class DenialAdvice {

    private final MessageSource messages;

    DenialAdvice(MessageSource messages) {
        this.messages = messages;
    }

    @ExceptionHandler
    ErrorResponse answer(RateLimitExceededException denial, HttpServletRequest request, Locale locale) {
        AnswerFields fields = ServletEdgeFilter.fieldsOf(request);
        if (fields != null) {
            fields.decided(denial.getDecision());
        }
        ErrorResponse answer = Denials.answer(denial, request.getRequestURI());
        answer.updateAndGetBody(messages, locale);
        return answer;
    }
}
