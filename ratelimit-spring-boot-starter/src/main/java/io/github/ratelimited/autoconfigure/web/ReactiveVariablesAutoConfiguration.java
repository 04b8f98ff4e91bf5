package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.aop.CallVariables;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Mono;

/** Lets expressions of reactive methods refer to the web request in whose chain they are subscribed to. */
@AutoConfiguration(before = RateLimitAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "ratelimit.enabled", matchIfMissing = true)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass({WebFilter.class, Mono.class})
public class ReactiveVariablesAutoConfiguration {

    private static final String PRINCIPAL = "principal";
    private static final String CLIENT_IP = "clientIp";

    /**
     * {@code #principal}, a name, and {@code #clientIp}; {@code null} outside of a request's chain. No candidate by type,
     * so that it cannot come before a bean of the application.
     */
    @Bean(name = RateLimitAutoConfiguration.WEB_REQUEST, defaultCandidate = false)
    CallVariables rateLimitWebVariables() {
        return () -> Map.of(PRINCIPAL, () -> null, CLIENT_IP, () -> null);
    }

    /**
     * Puts both into the context of the request, but for what a bean of the application knows better; behind those
     * filters that find out who is calling.
     */
    @Bean
    @Order(Ordered.LOWEST_PRECEDENCE - 100)
    WebFilter rateLimitVariablesFilter(ObjectProvider<CallVariables> ofApplication, RateLimitProperties properties) {
        ClientAddresses addresses = new ClientAddresses(properties.web());
        Set<String> known = ofApplication
                .orderedStream()
                .flatMap(each -> each.variables().keySet().stream())
                .collect(Collectors.toSet());
        return (exchange, chain) -> ExchangeCall.identified(exchange, addresses)
                .map(call -> variables(call, known))
                .flatMap(variables -> chain.filter(exchange)
                        .contextWrite(context -> context.put(CallVariables.REACTOR_CONTEXT, variables)));
    }

    private static Map<String, @Nullable Object> variables(ExchangeCall call, Set<String> except) {
        Map<String, @Nullable Object> variables = new HashMap<>();
        variables.put(PRINCIPAL, call.getPrincipal());
        variables.put(CLIENT_IP, call.getClientIp());
        variables.keySet().removeAll(except);
        return variables;
    }
}
