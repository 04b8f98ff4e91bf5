package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.autoconfigure.client.OutboundLimitExceededException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.web.method.ControllerAdviceBean;
import org.springframework.web.method.annotation.ExceptionHandlerMethodResolver;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.handler.HandlerExceptionResolverComposite;
import org.springframework.web.servlet.mvc.annotation.ResponseStatusExceptionResolver;
import org.springframework.web.servlet.mvc.method.annotation.ExceptionHandlerExceptionResolver;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyAdvice;
import org.springframework.web.servlet.mvc.support.DefaultHandlerExceptionResolver;

/**
 * Writes the problem of a denial at once and in one piece, with the application's own JSON converter. What Spring does
 * with an answer of an exception handler costs more than the request that was saved, and leaves as two packets; it is
 * still done where anybody else could have a say in the answer.
 */
final class DirectAnswer {

    private static final Set<Class<?>> SPRINGS_OWN = Set.of(
            ExceptionHandlerExceptionResolver.class,
            ResponseStatusExceptionResolver.class,
            DefaultHandlerExceptionResolver.class);

    private final @Nullable HttpMessageConverter<Object> json;
    private final boolean mayBeChanged;
    private final boolean isForFilters;

    DirectAnswer(
            ApplicationContext application,
            @Nullable RequestMappingHandlerAdapter adapter,
            @Nullable HandlerExceptionResolver resolver) {
        List<ControllerAdviceBean> advice = ControllerAdviceBean.findAnnotatedBeans(application);
        json = adapter == null ? null : json(adapter);
        mayBeChanged = advice.stream().anyMatch(DirectAnswer::changesBodies) || hasInterceptors(resolver);
        isForFilters = isSpringsOwn(resolver) && advice.stream().noneMatch(DirectAnswer::answersDenials);
    }

    @SuppressWarnings("unchecked") // it says itself that it can write that
    private static @Nullable HttpMessageConverter<Object> json(RequestMappingHandlerAdapter adapter) {
        for (HttpMessageConverter<?> each : adapter.getMessageConverters()) {
            if (each.canWrite(ProblemDetail.class, MediaType.APPLICATION_PROBLEM_JSON)) {
                return (HttpMessageConverter<Object>) each;
            }
        }
        return null;
    }

    private static boolean changesBodies(ControllerAdviceBean advice) {
        Class<?> type = advice.getBeanType();
        return type == null || ResponseBodyAdvice.class.isAssignableFrom(type);
    }

    private static boolean hasInterceptors(@Nullable HandlerExceptionResolver resolver) {
        return resolver instanceof HandlerExceptionResolverComposite all
                && all.getExceptionResolvers() != null
                && all.getExceptionResolvers().stream()
                        .anyMatch(each -> each instanceof ExceptionHandlerExceptionResolver ofHandlers
                                && !ofHandlers.getErrorResponseInterceptors().isEmpty());
    }

    private static boolean answersDenials(ControllerAdviceBean advice) {
        Class<?> type = advice.getBeanType();
        if (type == DenialAdvice.class) {
            return false;
        }
        ExceptionHandlerMethodResolver handlers = type == null ? null : new ExceptionHandlerMethodResolver(type);
        return handlers == null
                || handlers.resolveMethodByExceptionType(RateLimitExceededException.class) != null
                || handlers.resolveMethodByExceptionType(OutboundLimitExceededException.class) != null;
    }

    private static boolean isSpringsOwn(@Nullable HandlerExceptionResolver resolver) {
        return resolver instanceof HandlerExceptionResolverComposite all
                && all.getExceptionResolvers() != null
                && all.getExceptionResolvers().stream().allMatch(each -> SPRINGS_OWN.contains(each.getClass()));
    }

    /** Whether no exception handler of the application answers denials that come out of filters. */
    boolean isForFilters() {
        return isForFilters;
    }

    /**
     * Writes the answer.
     *
     * @return {@code false} if that is to be done by Spring, since the client may want it otherwise
     */
    boolean write(
            ProblemDetail problem,
            @Nullable String retryAfter,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        boolean othersHaveASay = mayBeChanged || (accept != null && accept.contains("xml"));
        if (json == null || response.isCommitted() || (othersHaveASay && !isWriterTaken(response))) {
            return false;
        }
        writeAnyway(problem, retryAfter, response);
        return true;
    }

    /** Writes it where nobody else does, as JSON; where nobody can write that, only its status and fields. */
    void writeAnyway(ProblemDetail problem, @Nullable String retryAfter, HttpServletResponse response)
            throws IOException {
        Buffer buffer = new Buffer();
        if (json != null) {
            json.write(problem, MediaType.APPLICATION_PROBLEM_JSON, buffer);
        }
        response.resetBuffer();
        response.setStatus(problem.getStatus());
        if (retryAfter != null) {
            response.setHeader(HttpHeaders.RETRY_AFTER, retryAfter);
        }
        if (json != null) {
            response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        }
        if (isWriterTaken(response)) {
            response.setContentLength(-1); // a handler may have set it, and the charset may be any
            response.getWriter().write(buffer.bytes.toString(StandardCharsets.UTF_8));
        } else {
            response.setContentLength(buffer.bytes.size());
            buffer.bytes.writeTo(response.getOutputStream());
        }
    }

    /** Whether a handler has taken it, so that there is no stream, by which alone Spring knows how to answer. */
    private static boolean isWriterTaken(HttpServletResponse response) throws IOException {
        try {
            response.getOutputStream();
            return false;
        } catch (IllegalStateException writerIsTaken) {
            return true;
        }
    }

    /** What a converter asks for several times is not looked up and read each time. */
    private static final class ProblemHeaders extends HttpHeaders {

        @Serial
        private static final long serialVersionUID = 1L;

        @Override
        public MediaType getContentType() {
            return MediaType.APPLICATION_PROBLEM_JSON;
        }
    }

    private static final class Buffer implements HttpOutputMessage {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        private final HttpHeaders headers = new ProblemHeaders();

        @Override
        public OutputStream getBody() {
            return bytes;
        }

        @Override
        public HttpHeaders getHeaders() {
            return headers;
        }
    }
}
