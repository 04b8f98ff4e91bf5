package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.autoconfigure.web.ClientAddresses.Client;
import java.net.InetSocketAddress;
import java.security.Principal;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpCookie;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** A request of a reactive application. */
final class ExchangeCall implements WebCall {

    private static final Log log = LogFactory.getLog(ExchangeCall.class);

    private final ServerWebExchange exchange;
    private final ClientAddresses addresses;
    private final @Nullable String principal;
    private @Nullable Client client;
    private boolean clientKnown;

    /**
     * A call.
     *
     * @param principal the name of who is calling, as far as anybody has asked
     */
    ExchangeCall(ServerWebExchange exchange, ClientAddresses addresses, @Nullable String principal) {
        this.exchange = exchange;
        this.addresses = addresses;
        this.principal = principal;
    }

    /**
     * A call of whoever is calling. Who cannot be found out is {@code null} like anonymous callers, and limited together
     * with them: the request fails only if it needs the principal itself.
     */
    static Mono<ExchangeCall> identified(ServerWebExchange exchange, ClientAddresses addresses) {
        return Mono.<Principal>defer(exchange::getPrincipal)
                .mapNotNull(Principal::getName)
                .onErrorResume(failure -> {
                    log.debug("The principal of a request cannot be found out", failure);
                    return Mono.empty();
                })
                .map(name -> new ExchangeCall(exchange, addresses, name))
                .switchIfEmpty(Mono.fromSupplier(() -> new ExchangeCall(exchange, addresses, null)));
    }

    private List<String> headers(String name) {
        List<String> found = new ArrayList<>();
        exchange.getRequest().getHeaders().forEach((field, values) -> {
            if (field.equalsIgnoreCase(name)) {
                found.addAll(values);
            }
        });
        return found;
    }

    private static @Nullable String peer(@Nullable InetSocketAddress remote) {
        if (remote == null) {
            return null;
        }
        return remote.isUnresolved()
                ? remote.getHostString()
                : remote.getAddress().getHostAddress();
    }

    @Nullable
    Client client() {
        if (!clientKnown) {
            client = addresses.clientOf(peer(exchange.getRequest().getRemoteAddress()), this::headers);
            clientKnown = true;
        }
        return client;
    }

    @Override
    public @Nullable String getClientIp() {
        Client known = client();
        return known == null ? peer(exchange.getRequest().getRemoteAddress()) : addresses.keyOf(known.address());
    }

    @Override
    public @Nullable String getPrincipal() {
        return principal;
    }

    @Override
    public String getMethod() {
        return exchange.getRequest().getMethod().name();
    }

    @Override
    public String getPath() {
        return exchange.getRequest().getPath().pathWithinApplication().value();
    }

    @Override
    public @Nullable String header(String name) {
        return exchange.getRequest().getHeaders().getFirst(name);
    }

    @Override
    public @Nullable String cookie(String name) {
        HttpCookie cookie = exchange.getRequest().getCookies().getFirst(name);
        return cookie == null ? null : cookie.getValue();
    }
}
