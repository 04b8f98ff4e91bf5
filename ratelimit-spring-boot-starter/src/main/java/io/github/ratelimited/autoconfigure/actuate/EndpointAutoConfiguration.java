package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.autoconfigure.actuate.LimitReports.KeyReport;
import io.github.ratelimited.autoconfigure.actuate.LimitReports.Limits;
import io.github.ratelimited.store.CallCounts;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import org.springframework.aot.hint.annotation.RegisterReflectionForBinding;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The actuator endpoint {@code ratelimits}, where it is exposed. */
@AutoConfiguration(after = {RateLimitAutoConfiguration.class, MetricsAutoConfiguration.class})
@ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnBean(RateLimitProperties.class)
@ConditionalOnAvailableEndpoint(endpoint = RateLimitsEndpoint.class)
// as answers, in a native image
@RegisterReflectionForBinding({Limits.class, KeyReport.class})
public class EndpointAutoConfiguration {

    /** Counted here unless meters have it counted already. */
    @Bean
    @ConditionalOnMissingBean
    CallCounts rateLimitCallCounts() {
        return new CallCounts();
    }

    /** For JMX, and what HTTP is built on. */
    @Bean
    @ConditionalOnMissingBean
    RateLimitsEndpoint rateLimitsEndpoint(StoreRateLimiterRegistry registry, CallCounts counts) {
        return new RateLimitsEndpoint(new LimitReports(registry, counts), new LimitOperations(registry));
    }

    /** For HTTP. */
    @Bean
    @ConditionalOnMissingBean
    RateLimitsWebExtension rateLimitsWebExtension(RateLimitsEndpoint endpoint, StoreRateLimiterRegistry registry) {
        return new RateLimitsWebExtension(endpoint, registry);
    }

    /** For HTTP too. */
    @Bean
    StrictArguments rateLimitStrictArguments() {
        return new StrictArguments();
    }
}
