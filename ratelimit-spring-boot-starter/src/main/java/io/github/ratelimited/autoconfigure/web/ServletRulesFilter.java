package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.autoconfigure.RateLimitProperties.Rule.Order;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;

/** Keeps requests under the rules that hold when it is known who calls; those before are the {@link ServletEdgeFilter}'s. */
final class ServletRulesFilter implements Filter {

    private final ServletEdgeFilter edge;

    ServletRulesFilter(ServletEdgeFilter edge) {
        this.edge = edge;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (request instanceof HttpServletRequest asked) {
            RuntimeException refusal = edge.rules().refusal(Order.AFTER_SECURITY, asked);
            if (refusal != null) {
                throw refusal;
            }
        }
        chain.doFilter(request, response);
    }
}
