package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.aop.MethodPlans;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Rule.Order;
import io.github.ratelimited.autoconfigure.client.RestClientLimits;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.annotation.RegisterReflection;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.web.reactive.DispatcherHandler;

/** The edge of a reactive application: what clients are told of limits, and limits of requests by their path. */
@AutoConfiguration(after = RateLimitAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass(DispatcherHandler.class)
@ConditionalOnBean(RateLimitProperties.class)
// for the expressions of rules, in a native image
@RegisterReflection(
        classes = {WebCall.class, ExchangeCall.class},
        memberCategories = MemberCategory.INVOKE_PUBLIC_METHODS)
public class ReactiveLimitsAutoConfiguration {

    /** Around all of a request. */
    @Bean
    ReactiveEdgeFilter rateLimitEdgeFilter(
            RateLimitProperties properties, ObjectProvider<RestClientLimits> clients, Environment environment) {
        ForwardHeaders.checkReactive(environment, properties);
        return new ReactiveEdgeFilter(new AnswerStyle(properties, clients));
    }

    /** The answer to a denial. */
    @Bean
    DenialHandler rateLimitDenialHandler(ApplicationContext messages, ServerCodecConfigurer codecs) {
        return new DenialHandler(messages, codecs);
    }

    /** The rules, for both filters. */
    @Bean
    RouteRules rateLimitRules(
            RateLimitProperties properties,
            ObjectProvider<MethodPlans> plans,
            ObjectProvider<StoreRateLimiterRegistry> registry) {
        return new RouteRules(properties, plans, registry);
    }

    /** Rules that hold before it is known who calls. */
    @Bean
    ReactiveRulesFilter rateLimitRulesBeforeSecurity(RouteRules rules, RateLimitProperties properties) {
        return new ReactiveRulesFilter(
                rules, Order.BEFORE_SECURITY, new ClientAddresses(properties.web()), RouteRules.SECURITY - 1);
    }

    /** Rules that hold when it is known. */
    @Bean
    ReactiveRulesFilter rateLimitRulesAfterSecurity(RouteRules rules, RateLimitProperties properties) {
        return new ReactiveRulesFilter(
                rules, Order.AFTER_SECURITY, new ClientAddresses(properties.web()), RouteRules.SECURITY + 1);
    }
}
