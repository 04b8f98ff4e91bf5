package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.autoconfigure.RateLimitProperties.LimitProperties;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Web;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.core.env.Environment;

/**
 * What {@code server.forward-headers-strategy} changes of who a client is. A server that goes by what a request says of
 * its client itself hides who has connected, before {@code ratelimit.web.trusted-proxies} can be looked at.
 */
final class ForwardHeaders {

    private static final Log log = LogFactory.getLog(ForwardHeaders.class);

    private static final String PROPERTY = "server.forward-headers-strategy";

    private ForwardHeaders() {}

    /**
     * Servers of reactive applications, and Spring in them, believe whoever has connected.
     *
     * @throws InvalidRateLimitException if anything depends on who has
     */
    static void checkReactive(Environment environment, RateLimitProperties properties) {
        String why = why(environment);
        if (why != null && goesByClients(properties)) {
            throw new InvalidRateLimitException(
                    "ratelimit.web",
                    "clients cannot be told by their addresses: " + why
                            + ", so that a WebFlux application believes whoever says for whom it asks",
                    "set " + PROPERTY + ": none, and name your proxies in ratelimit.web.trusted-proxies");
        }
    }

    /** Spring's own filter is looked behind; what a server does itself has its own list of proxies. */
    static void checkServlet(Environment environment, RateLimitProperties properties) {
        String why = why(environment);
        if (why != null && !why.contains("framework") && goesByClients(properties)) {
            log.warn("Clients are told by what the server makes of forwarded headers itself (" + why
                    + "), before ratelimit.web.trusted-proxies is looked at: make sure that it trusts your proxies only,"
                    + " or set " + PROPERTY + ": none");
        }
    }

    private static @Nullable String why(Environment environment) {
        String strategy = environment.getProperty(PROPERTY, "").toLowerCase(Locale.ROOT);
        if (!strategy.isEmpty()) {
            return strategy.equals("none") ? null : PROPERTY + " is " + strategy;
        }
        CloudPlatform platform = CloudPlatform.getActive(environment);
        return platform != null && platform.isUsingForwardHeaders()
                ? PROPERTY + " is not set, which on " + platform + " means native"
                : null;
    }

    private static boolean goesByClients(RateLimitProperties properties) {
        Web web = properties.web();
        return !web.trustedProxies().isEmpty()
                || !web.allow().isEmpty()
                || !web.deny().isEmpty()
                || Stream.concat(
                                web.rules().stream().flatMap(rule -> Stream.of(rule.key(), rule.condition())),
                                properties.limits().values().stream().map(LimitProperties::key))
                        .anyMatch(text -> text != null && (text.contains("client-ip") || text.contains("lientIp")));
    }
}
