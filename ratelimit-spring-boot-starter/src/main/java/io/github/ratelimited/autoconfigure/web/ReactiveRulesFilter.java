package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Rule.Order;
import io.github.ratelimited.reactor.RateLimitOperator;
import java.util.concurrent.CompletableFuture;
import org.springframework.core.Ordered;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.RequestPath;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Keeps requests under the rules of {@code ratelimit.web.rules}. */
final class ReactiveRulesFilter implements WebFilter, Ordered {

    private final RouteRules rules;
    private final Order when;
    private final ClientAddresses addresses;
    private final int order;

    ReactiveRulesFilter(RouteRules rules, Order when, ClientAddresses addresses, int order) {
        this.rules = rules;
        this.when = when;
        this.addresses = addresses;
        this.order = order;
    }

    @Override
    public int getOrder() {
        return order;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        if (!rules.areNeeded(when)) {
            return chain.filter(exchange);
        }
        return when == Order.BEFORE_SECURITY
                ? limited(new ExchangeCall(exchange, addresses, null), exchange, chain)
                : ExchangeCall.identified(exchange, addresses).flatMap(call -> limited(call, exchange, chain));
    }

    private Mono<Void> limited(ExchangeCall call, ServerWebExchange exchange, WebFilterChain chain) {
        RequestPath path = exchange.getRequest().getPath();
        Taken taken = rules.ask(when, call, path.value(), path.contextPath().value(), call::client);
        if (taken == null) {
            return chain.filter(exchange);
        }
        Decision atOnce = rules.admission().decideAtOnce(taken.request());
        if (atOnce != null) {
            return atOnce.allowed() ? allowed(exchange, chain, taken, atOnce) : denied(exchange, atOnce);
        }
        CompletableFuture<Decision> turn = rules.admission().admitAsync(taken.request());
        return Mono.from(RateLimitOperator.atTurn(
                turn,
                unused -> rules.admission().refund(taken.request(), unused),
                Mono.defer(() -> allowed(exchange, chain, taken, turn.join())),
                denial -> denied(exchange, denial.getDecision())));
    }

    private Mono<Void> allowed(ServerWebExchange exchange, WebFilterChain chain, Taken taken, Decision decision) {
        taken.by(decision);
        tell(exchange, decision);
        if (rules.countSome() && taken.countsSome()) {
            exchange.getResponse()
                    .beforeCommit(() -> Mono.fromRunnable(() -> {
                        HttpStatusCode status = exchange.getResponse().getStatusCode();
                        taken.answered(status == null ? 200 : status.value());
                    }));
        }
        return chain.filter(exchange);
    }

    private static Mono<Void> denied(ServerWebExchange exchange, Decision decision) {
        tell(exchange, decision);
        return Mono.error(new RateLimitExceededException(decision));
    }

    private static void tell(ServerWebExchange exchange, Decision decision) {
        AnswerFields fields = ReactiveEdgeFilter.fieldsOf(exchange);
        if (fields != null) {
            fields.decided(decision);
        }
    }
}
