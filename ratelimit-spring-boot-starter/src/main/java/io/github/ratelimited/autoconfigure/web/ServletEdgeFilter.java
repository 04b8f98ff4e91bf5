package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Web.Headers;
import io.github.ratelimited.store.DecisionListener;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Around all of a request: collects what is decided for it into the fields of its answer, and answers a denial that comes
 * out of a filter or a functional endpoint as one that comes out of a controller is answered.
 */
final class ServletEdgeFilter extends OncePerRequestFilter implements Ordered {

    /** Just within the filter by which Spring knows the request of a thread. */
    private static final int ORDER = -104;

    private static final String FIELDS = AnswerFields.class.getName();

    private final Headers style;
    private final Predicate<String> isOutbound;
    private final HandlerExceptionResolver resolver;
    private final DenialAdvice denials;
    private final int order;

    /** Around the filters at {@code inner}, too. */
    ServletEdgeFilter(
            Headers style,
            Predicate<String> isOutbound,
            HandlerExceptionResolver resolver,
            DenialAdvice denials,
            int inner) {
        this.order = Math.min(ORDER, inner - 1);
        this.style = style;
        this.isOutbound = isOutbound;
        this.resolver = resolver;
        this.denials = denials;
    }

    @Override
    public int getOrder() {
        return order;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        AnswerFields fields = fieldsOf(request);
        if (fields == null) {
            fields = new AnswerFields(style, isOutbound, (name, value) -> {
                if (!response.isCommitted()) {
                    response.setHeader(name, value);
                }
            });
            request.setAttribute(FIELDS, fields);
        }
        fields.takeOver();
        try {
            chain.doFilter(request, response);
        } catch (IOException | ServletException | RuntimeException failure) {
            if (!isAnswered(failure, request, response)) {
                throw failure;
            }
        } finally {
            fields.letGo();
            OnceAnswered.run(request, fields::over);
        }
    }

    /** What was decided meanwhile, by whatever thread, is told then. */
    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return false;
    }

    private boolean isAnswered(Exception failure, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (response.isCommitted()) {
            return false;
        }
        RateLimitExceededException denial = Denials.in(failure);
        if (denial != null) {
            return denials.hasAnswered(denial, request, response)
                    || resolver.resolveException(request, response, null, denial) != null;
        }
        return failure instanceof ForbiddenClientException
                && resolver.resolveException(request, response, null, failure) != null;
    }

    /** What is decided for the request that the asking thread serves. */
    static final class Listener implements DecisionListener {

        @Override
        public void decided(Decision decision) {
            DecisionListener ofCaller = ofCaller();
            if (ofCaller != null) {
                ofCaller.decided(decision);
            }
        }

        @Override
        public @Nullable DecisionListener ofCaller() {
            RequestAttributes attributes = RequestContextHolder.getRequestAttributes();
            try {
                return attributes == null
                        ? null
                        : (DecisionListener) attributes.getAttribute(FIELDS, RequestAttributes.SCOPE_REQUEST);
            } catch (IllegalStateException requestIsOver) {
                return null; // a thread goes on that has its attributes
            }
        }
    }

    static @Nullable AnswerFields fieldsOf(HttpServletRequest request) {
        return (AnswerFields) request.getAttribute(FIELDS);
    }
}
