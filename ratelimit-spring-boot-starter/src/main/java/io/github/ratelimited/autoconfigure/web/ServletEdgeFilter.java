package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Rule.Order;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.util.DisconnectedClientHelper;

/**
 * Around all of a request: keeps it under the rules that hold before it is known who calls, collects what is decided for
 * it into the fields of its answer, answers a denial that comes out of a filter or a functional endpoint as one that comes
 * out of a controller is answered, and settles what it costs by the status of its answer. Filters requests and their
 * asynchronous dispatches.
 */
final class ServletEdgeFilter implements Filter {

    /** Just within the filter by which Spring knows the request of a thread. */
    static final int ORDER = -104;

    private final Supplier<Configured> configured;
    private final Supplier<HandlerExceptionResolver> resolver;
    private final DenialAdvice denials;

    /** What is configured of the edge. */
    record Configured(AnswerStyle style, ServletRules rules) {}

    /**
     * A filter.
     *
     * @param configured remembers what it gives
     * @param resolver Spring's, asked for by the first denial
     */
    ServletEdgeFilter(
            Supplier<Configured> configured, Supplier<HandlerExceptionResolver> resolver, DenialAdvice denials) {
        this.configured = configured;
        this.resolver = resolver;
        this.denials = denials;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (request instanceof HttpServletRequest asked && response instanceof HttpServletResponse answer) {
            filter(asked, answer, chain);
        } else {
            chain.doFilter(request, response);
        }
    }

    /** Those before it is known who calls; those after are for another filter. */
    ServletRules rules() {
        return configured.get().rules;
    }

    private void filter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        AnswerFields known = fieldsOf(request);
        AnswerFields fields = known == null ? begin(request, response) : known;
        fields.takeOver();
        int status = HttpStatus.INTERNAL_SERVER_ERROR.value();
        try {
            RuntimeException refusal = known == null ? rules().refusal(Order.BEFORE_SECURITY, request) : null;
            if (refusal == null) {
                serve(request, response, chain);
            } else if (!isAnswered(refusal, request, response)) {
                throw refusal;
            }
            status = response.getStatus();
        } finally {
            if (!request.isAsyncStarted()) {
                end(request, fields, response.isCommitted() ? response.getStatus() : status);
            } else {
                fields.letGo();
                if (known == null) {
                    request.getAsyncContext().addListener(new End(request, response, fields));
                }
            }
        }
    }

    private void serve(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        try {
            chain.doFilter(request, response);
        } catch (IOException | ServletException | RuntimeException failure) {
            if (!isAnswered(failure, request, response)) {
                if (!response.isCommitted() && DisconnectedClientHelper.isClientDisconnectedException(failure)) {
                    rules().leave(request);
                }
                throw failure;
            }
        }
    }

    private AnswerFields begin(HttpServletRequest request, HttpServletResponse response) {
        AnswerFields fields = new AnswerFields(configured.get().style, (name, value) -> {
            if (!response.isCommitted()) {
                response.setHeader(name, value);
            }
        });
        request.setAttribute(AnswerFields.OF_REQUEST, fields);
        return fields;
    }

    private void end(HttpServletRequest request, AnswerFields fields, int status) {
        fields.over();
        rules().answered(request, status);
    }

    private boolean isAnswered(Exception failure, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (response.isCommitted()) {
            return false;
        }
        if (failure instanceof ForbiddenClientException forbidden) {
            denials.forbid(forbidden, request, response);
            return true;
        }
        RateLimitExceededException denial = Denials.in(failure);
        if (denial == null || denials.hasAnswered(denial, request, response)) {
            return denial != null;
        }
        ModelAndView answered = resolver.get().resolveException(request, response, null, denial);
        if (answered != null && !answered.isEmpty() && !response.isCommitted()) {
            denials.answerAnyway(denial, request, response);
        }
        return answered != null;
    }

    /** Of an answer that is given asynchronously. */
    private final class End implements AsyncListener {

        private final HttpServletRequest request;
        private final HttpServletResponse response;
        private final AnswerFields fields;

        End(HttpServletRequest request, HttpServletResponse response, AnswerFields fields) {
            this.request = request;
            this.response = response;
            this.fields = fields;
        }

        @Override
        public void onComplete(AsyncEvent event) {
            end(request, fields, response.getStatus());
        }

        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {
            if (DisconnectedClientHelper.isClientDisconnectedException(event.getThrowable())) {
                rules().leave(request);
            }
        }

        @Override
        public void onStartAsync(AsyncEvent event) {
            event.getAsyncContext().addListener(this);
        }
    }

    static @Nullable AnswerFields fieldsOf(HttpServletRequest request) {
        return (AnswerFields) request.getAttribute(AnswerFields.OF_REQUEST);
    }
}
