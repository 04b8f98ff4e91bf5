package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.autoconfigure.client.OutboundLimitExceededException;
import java.util.List;
import java.util.Locale;
import org.springframework.context.MessageSource;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.codec.HttpMessageWriter;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.reactive.result.view.ViewResolver;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;

/**
 * Answers a denial that nobody else answers, wherever it comes from; an {@code @ExceptionHandler} of the application comes
 * first, since it handles before this.
 */
final class DenialHandler implements WebExceptionHandler, Ordered {

    /** Before the one by which Spring Boot answers all that is left. */
    private static final int ORDER = -2;

    private final MessageSource messages;
    private final ServerResponse.Context context;

    DenialHandler(MessageSource messages, ServerCodecConfigurer codecs) {
        this.messages = messages;
        List<HttpMessageWriter<?>> writers = codecs.getWriters();
        this.context = new ServerResponse.Context() {
            @Override
            public List<HttpMessageWriter<?>> messageWriters() {
                return writers;
            }

            @Override
            public List<ViewResolver> viewResolvers() {
                return List.of();
            }
        };
    }

    @Override
    public int getOrder() {
        return ORDER;
    }

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
        RateLimitExceededException denial = Denials.in(failure);
        if (denial == null || exchange.getResponse().isCommitted()) {
            return Mono.error(failure);
        }
        AnswerFields fields = ReactiveEdgeFilter.fieldsOf(exchange);
        if (fields != null && !(denial instanceof OutboundLimitExceededException)) {
            fields.decided(denial.getDecision());
        }
        Locale locale = exchange.getLocaleContext().getLocale();
        ProblemDetail problem = Denials.problem(
                denial,
                exchange.getRequest().getPath().value(),
                messages,
                locale == null ? Locale.getDefault() : locale);
        String retryAfter = Denials.retryAfter(denial);
        return ServerResponse.status(problem.getStatus())
                .headers(headers -> {
                    if (retryAfter != null) {
                        headers.set(HttpHeaders.RETRY_AFTER, retryAfter);
                    }
                })
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .bodyValue(problem)
                .flatMap(response -> response.writeTo(exchange, context));
    }
}
