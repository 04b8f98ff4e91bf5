package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.aop.MethodPlans;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Rule.Order;
import io.github.ratelimited.autoconfigure.client.RestClientLimits;
import io.github.ratelimited.autoconfigure.web.ServletEdgeFilter.Configured;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import jakarta.servlet.DispatcherType;
import java.util.Objects;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.annotation.RegisterReflection;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
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
// for the expressions of rules, in a native image
@RegisterReflection(
        classes = {WebCall.class, ServletCall.class},
        memberCategories = MemberCategory.INVOKE_PUBLIC_METHODS)
public class ServletLimitsAutoConfiguration {

    /** Around all of a request, and of what becomes of it asynchronously. */
    @Bean
    FilterRegistrationBean<ServletEdgeFilter> rateLimitEdgeFilter(
            ObjectProvider<RateLimitProperties> properties,
            ObjectProvider<RestClientLimits> clients,
            ObjectProvider<MethodPlans> plans,
            ObjectProvider<StoreRateLimiterRegistry> registry,
            @Qualifier("handlerExceptionResolver") ObjectProvider<HandlerExceptionResolver> resolver,
            DenialAdvice denials,
            Environment environment) {
        SingletonSupplier<Configured> configured =
                SingletonSupplier.of(() -> configured(properties.getObject(), clients, plans, registry));
        if (RateLimitProperties.areIn(environment)) { // what cannot be stops the start
            ForwardHeaders.checkServlet(environment, properties.getObject());
            configured.obtain();
        }
        FilterRegistrationBean<ServletEdgeFilter> filter = new FilterRegistrationBean<>(
                new ServletEdgeFilter(configured::obtain, SingletonSupplier.of(resolver::getObject)::obtain, denials));
        filter.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.ASYNC);
        filter.setOrder(Math.min(ServletEdgeFilter.ORDER, security(environment) - 1));
        return filter;
    }

    private static Configured configured(
            RateLimitProperties properties,
            ObjectProvider<RestClientLimits> clients,
            ObjectProvider<MethodPlans> plans,
            ObjectProvider<StoreRateLimiterRegistry> registry) {
        return new Configured(
                new AnswerStyle(properties, clients),
                new ServletRules(new RouteRules(properties, plans, registry), new ClientAddresses(properties.web())));
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

    /** Rules that hold when it is known who calls; no filter if there are none. */
    @Bean
    FilterRegistrationBean<ServletRulesFilter> rateLimitRulesAfterSecurity(
            FilterRegistrationBean<ServletEdgeFilter> edge, Environment environment) {
        ServletEdgeFilter before = Objects.requireNonNull(edge.getFilter());
        FilterRegistrationBean<ServletRulesFilter> filter =
                new FilterRegistrationBean<>(new ServletRulesFilter(before));
        filter.setEnabled(
                RateLimitProperties.areIn(environment) && before.rules().areNeeded(Order.AFTER_SECURITY));
        filter.setOrder(security(environment) + 1);
        return filter;
    }

    private static int security(Environment environment) {
        int order = environment.getProperty("spring.security.filter.order", Integer.class, RouteRules.SECURITY);
        return Math.max(order, Integer.MIN_VALUE + 1); // so that a filter finds a place before it
    }
}
