package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.aop.LimitConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Rule.Order;
import io.github.ratelimited.autoconfigure.client.HostLimits;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.web.reactive.DispatcherHandler;

/** The edge of a reactive application: what clients are told of limits, and limits of requests by their path. */
@AutoConfiguration(after = RateLimitAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass(DispatcherHandler.class)
@ConditionalOnBean(RateLimitProperties.class)
public class ReactiveLimitsAutoConfiguration {

    /** Spring Security's own place among the filters. */
    private static final int SECURITY = -100;

    /** Around all of a request. */
    @Bean
    ReactiveEdgeFilter rateLimitEdgeFilter(RateLimitProperties properties, ObjectProvider<HostLimits> hosts) {
        HostLimits known = hosts.getIfAvailable();
        return new ReactiveEdgeFilter(properties.web().headers(), known == null ? name -> false : known::isOutbound);
    }

    /** The answer to a denial. */
    @Bean
    DenialHandler rateLimitDenialHandler(ApplicationContext messages, ServerCodecConfigurer codecs) {
        return new DenialHandler(messages, codecs);
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
    ReactiveRulesFilter rateLimitRulesBeforeSecurity(RouteRules rules, ClientAddresses addresses) {
        return new ReactiveRulesFilter(rules, Order.BEFORE_SECURITY, addresses, SECURITY - 1);
    }

    /** Rules that hold when it is known. */
    @Bean
    ReactiveRulesFilter rateLimitRulesAfterSecurity(RouteRules rules, ClientAddresses addresses) {
        return new ReactiveRulesFilter(rules, Order.AFTER_SECURITY, addresses, SECURITY + 1);
    }
}
