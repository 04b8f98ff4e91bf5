package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Rule.Order;
import io.github.ratelimited.store.WaitInterruptedException;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.web.context.request.RequestContextHolder;

/** The rules of {@code ratelimit.web.rules} for requests of servlets, by the thread that serves them. */
final class ServletRules {

    private static final String BEFORE = ServletRules.class.getName() + ".BEFORE";
    private static final String AFTER = ServletRules.class.getName() + ".AFTER";

    private final RouteRules rules;
    private final ClientAddresses addresses;

    ServletRules(RouteRules rules, ClientAddresses addresses) {
        this.rules = rules;
        this.addresses = addresses;
    }

    boolean areNeeded(Order when) {
        return rules.areNeeded(when);
    }

    /**
     * Takes what a request takes by the rules of that order, and waits if they let it. A denial is returned, since to
     * throw it is a good part of what denying costs.
     *
     * @return {@code null} if it may go on; a {@link RateLimitExceededException} if it is denied, and a
     *     {@link ForbiddenClientException} if its client is on a list of those who are not served
     */
    @Nullable
    RuntimeException refusal(Order when, HttpServletRequest request) {
        if (!rules.areNeeded(when)) {
            return null;
        }
        try {
            return denial(when, request);
        } catch (ForbiddenClientException forbidden) {
            return forbidden;
        }
    }

    private @Nullable RateLimitExceededException denial(Order when, HttpServletRequest request) {
        ServletCall call = new ServletCall(request, addresses);
        Taken taken = rules.ask(when, call, request.getRequestURI(), request.getContextPath(), call::client);
        if (taken == null) {
            return null;
        }
        Decision decision = admit(taken);
        if (!decision.allowed()) {
            return new RateLimitExceededException(decision);
        }
        if (RequestContextHolder.getRequestAttributes() == null) {
            tell(request, decision);
        }
        if (rules.countSome() && taken.countsSome()) {
            taken.by(decision);
            request.setAttribute(when == Order.BEFORE_SECURITY ? BEFORE : AFTER, taken);
        }
        return null;
    }

    /** Outside of the filter by which Spring knows the request of a thread, nobody who hears of decisions knows it. */
    private static void tell(HttpServletRequest request, Decision decision) {
        AnswerFields fields = ServletEdgeFilter.fieldsOf(request);
        if (fields != null) {
            fields.decided(decision);
        }
    }

    private Decision admit(Taken taken) {
        try {
            return rules.admission().admit(taken.request());
        } catch (WaitInterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return interrupted.reserved().interrupted();
        }
    }

    /** Gives back what an answer of that status does not cost. */
    void answered(HttpServletRequest request, int status) {
        if (rules.countSome()) {
            answered(request, BEFORE, status);
            answered(request, AFTER, status);
        }
    }

    private static void answered(HttpServletRequest request, String name, int status) {
        if (request.getAttribute(name) instanceof Taken taken) {
            request.removeAttribute(name);
            taken.answered(status);
        }
    }

    /** A client that breaks its connection off gets nothing back. */
    void leave(HttpServletRequest request) {
        request.removeAttribute(BEFORE);
        request.removeAttribute(AFTER);
    }
}
