package io.github.ratelimited.autoconfigure.client;

import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import reactor.core.publisher.Mono;

/** What keeps HTTP clients under limits. */
@AutoConfiguration(after = RateLimitAutoConfiguration.class)
@ConditionalOnClass(ClientHttpRequestInterceptor.class)
@ConditionalOnBean(RateLimitProperties.class)
public class ClientAutoConfiguration {

    /** The limits of hosts. */
    @Bean
    HostLimits rateLimitHosts(
            ObjectProvider<RateLimiterRegistry> registry, RateLimitProperties properties, TimeSource time) {
        return new HostLimits(registry, properties, time);
    }

    /** For {@code RestClient} and {@code RestTemplate}. */
    @Bean
    RestClientLimits restClientLimits(HostLimits hosts) {
        return new RestClientLimits(hosts);
    }

    /** For {@code WebClient}. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({ExchangeFilterFunction.class, Mono.class})
    static class OfWebClient {

        @Bean
        WebClientLimits webClientLimits(HostLimits hosts) {
            return new WebClientLimits(hosts);
        }
    }
}
