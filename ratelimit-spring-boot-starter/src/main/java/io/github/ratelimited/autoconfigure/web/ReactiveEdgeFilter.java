package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.store.DecisionListener;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Around all of a request: collects what is decided for it into the fields of its answer. */
final class ReactiveEdgeFilter implements WebFilter, Ordered {

    static final int ORDER = -104;

    private static final String FIELDS = AnswerFields.class.getName();

    private final AnswerStyle style;

    ReactiveEdgeFilter(AnswerStyle style) {
        this.style = style;
    }

    @Override
    public int getOrder() {
        return ORDER;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        ServerHttpResponse response = exchange.getResponse();
        AnswerFields fields =
                new AnswerFields(style, (name, value) -> response.getHeaders().set(name, value));
        response.beforeCommit(() -> Mono.fromRunnable(fields::write));
        exchange.getAttributes().put(FIELDS, fields);
        return chain.filter(exchange).contextWrite(context -> context.put(DecisionListener.class, fields));
    }

    static @Nullable AnswerFields fieldsOf(ServerWebExchange exchange) {
        return exchange.getAttribute(FIELDS);
    }
}
