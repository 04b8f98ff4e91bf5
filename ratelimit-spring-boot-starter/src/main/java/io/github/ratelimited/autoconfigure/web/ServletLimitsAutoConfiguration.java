package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.aop.LimitConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Rule.Order;
import io.github.ratelimited.autoconfigure.client.HostLimits;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.DecisionListener;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import java.util.function.Predicate;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;

/** The edge of a servlet application: what clients are told of limits, and limits of requests by their path. */
@AutoConfiguration(after = RateLimitAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass(DispatcherServlet.class)
@ConditionalOnBean(RateLimitProperties.class)
public class ServletLimitsAutoConfiguration {

    /** Spring Security's own place among the filters. */
    private static final int SECURITY = -100;

    /** Hears what is decided for the request of a thread. */
    @Bean
    DecisionListener rateLimitServletDecisions() {
        return new ServletEdgeFilter.Listener();
    }

    /** Around all of a request. */
    @Bean
    ServletEdgeFilter rateLimitEdgeFilter(
            RateLimitProperties properties,
            @Lazy @Qualifier("handlerExceptionResolver") HandlerExceptionResolver resolver,
            DenialAdvice denials,
            ObjectProvider<HostLimits> hosts,
            Environment environment) {
        return new ServletEdgeFilter(
                properties.web().headers(), isOutbound(hosts), resolver, denials, security(environment) - 1);
    }

    /** The answer to a denial. */
    @Bean
    DenialAdvice rateLimitDenialAdvice(
            ApplicationContext application,
            ObjectProvider<RequestMappingHandlerAdapter> adapters,
            @Qualifier("handlerExceptionResolver") ObjectProvider<HandlerExceptionResolver> resolvers) {
        return new DenialAdvice(
                application,
                SingletonSupplier.of(
                        () -> new DirectAnswer(application, adapters.getIfUnique(), resolvers.getIfUnique())));
    }

    /** The rules, checked at start. */
    @Bean
    RouteRules rateLimitRouteRules(
            RateLimitProperties properties,
            LimitConfiguration configuration,
            StoreRateLimiterRegistry registry,
            Admission admission) {
        return new RouteRules(properties.web(), configuration, registry, admission);
    }

    /** Rules that hold before it is known who calls. */
    @Bean
    ServletRulesFilter rateLimitRulesBeforeSecurity(
            RouteRules rules, ClientAddresses addresses, Environment environment) {
        return new ServletRulesFilter(rules, Order.BEFORE_SECURITY, addresses, security(environment) - 1);
    }

    /** Rules that hold when it is known. */
    @Bean
    ServletRulesFilter rateLimitRulesAfterSecurity(
            RouteRules rules, ClientAddresses addresses, Environment environment) {
        return new ServletRulesFilter(rules, Order.AFTER_SECURITY, addresses, security(environment) + 1);
    }

    private static Predicate<String> isOutbound(ObjectProvider<HostLimits> hosts) {
        HostLimits known = hosts.getIfAvailable();
        return known == null ? name -> false : known::isOutbound;
    }

    private static int security(Environment environment) {
        int order = environment.getProperty("spring.security.filter.order", Integer.class, SECURITY);
        return Math.max(order, Integer.MIN_VALUE + 2); // so that two filters find a place before it
    }
}
