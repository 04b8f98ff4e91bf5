package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Rule.Order;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.web.filter.RequestContextFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.handler.HandlerExceptionResolverComposite;

/** Security, and with it rules, may come before the filter by which Spring knows the request of a thread. */
class EarlySecurityTest {

    /** That filter's place in Spring Boot. */
    private static final int OF_REQUEST_CONTEXT = -105;

    private static Filter filter(ApplicationContext context, String name) {
        FilterRegistrationBean<?> registration = context.getBean(name, FilterRegistrationBean.class);
        assertThat(registration.getOrder()).isLessThan(OF_REQUEST_CONTEXT);
        return registration.getFilter();
    }

    @ParameterizedTest
    @EnumSource
    void aRequestIsToldOfItsLimitAllTheSame(Order order) {
        new WebApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(RateLimitAutoConfiguration.class, ServletLimitsAutoConfiguration.class))
                .withBean(
                        "handlerExceptionResolver",
                        HandlerExceptionResolver.class,
                        HandlerExceptionResolverComposite::new)
                .withPropertyValues(
                        "spring.security.filter.order=-200",
                        "ratelimit.limits.few.permits=2",
                        "ratelimit.limits.few.per=1d",
                        "ratelimit.web.rules[0].paths=/**",
                        "ratelimit.web.rules[0].limit=few",
                        "ratelimit.web.rules[0].order=" + order)
                .run(context -> {
                    MockHttpServletResponse answer = new MockHttpServletResponse();
                    new MockFilterChain(
                                    new HttpServlet() {
                                        @Override
                                        protected void doGet(HttpServletRequest request, HttpServletResponse response) {
                                            response.setStatus(204);
                                        }
                                    },
                                    filter(context, "rateLimitEdgeFilter"),
                                    filter(context, "rateLimitRulesAfterSecurity"),
                                    new RequestContextFilter())
                            .doFilter(new MockHttpServletRequest("GET", "/"), answer);
                    assertThat(answer.getStatus()).isEqualTo(204);
                    assertThat(answer.getHeaders("RateLimit")).containsExactly("\"few\";r=1;t=43200");
                });
    }
}
