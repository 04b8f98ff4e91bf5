package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Rule.Order;
import io.github.ratelimited.store.WaitInterruptedException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.RequestPath;
import org.springframework.web.filter.OncePerRequestFilter;

/** Keeps requests under the rules of {@code ratelimit.web.rules}, each once, whatever it is forwarded to. */
final class ServletRulesFilter extends OncePerRequestFilter implements Ordered {

    private final RouteRules rules;
    private final Order when;
    private final ClientAddresses addresses;
    private final int order;
    private final String alreadyFiltered;

    ServletRulesFilter(RouteRules rules, Order when, ClientAddresses addresses, int order) {
        this.rules = rules;
        this.when = when;
        this.addresses = addresses;
        this.order = order;
        this.alreadyFiltered = ServletRulesFilter.class.getName() + "." + when + ".FILTERED";
    }

    @Override
    public int getOrder() {
        return order;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !rules.isNeeded(when);
    }

    /** The two filters are of one class. */
    @Override
    protected String getAlreadyFilteredAttributeName() {
        return alreadyFiltered;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Taken taken = ask(request);
        if (taken == null) {
            chain.doFilter(request, response);
            return;
        }
        Decision decision = admit(taken);
        if (!decision.allowed()) {
            throw new RateLimitExceededException(decision);
        }
        taken.by(decision);
        if (taken.countsSome()) {
            counted(taken, request, response, chain);
        } else {
            chain.doFilter(request, response);
        }
    }

    private @Nullable Taken ask(HttpServletRequest request) {
        ServletCall call = new ServletCall(request, addresses);
        PathContainer path = RequestPath.parse(request.getRequestURI(), request.getContextPath())
                .pathWithinApplication();
        return rules.ask(when, call, path, call::client);
    }

    private Decision admit(Taken taken) {
        try {
            return rules.admission().admit(taken.request());
        } catch (WaitInterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return interrupted.reserved().interrupted();
        }
    }

    private static void counted(
            Taken taken, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            chain.doFilter(request, response);
        } catch (IOException | ServletException | RuntimeException failure) {
            if (response.isCommitted()) {
                taken.answered(response.getStatus());
            } else if (!(failure instanceof IOException)) { // the client's own doing, which is not to pay
                taken.answered(statusOf(failure));
            }
            throw failure;
        }
        OnceAnswered.run(request, () -> taken.answered(response.getStatus()));
    }

    private static int statusOf(Exception failure) {
        RateLimitExceededException denial = Denials.in(failure);
        return denial == null
                ? HttpStatus.INTERNAL_SERVER_ERROR.value()
                : Denials.status(denial).value();
    }
}
