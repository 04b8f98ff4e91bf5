package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.util.function.SingletonSupplier;

/** Events on the current observation, where there are observations. */
@AutoConfiguration(
        after = RateLimitAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
            "org.springframework.boot.actuate.autoconfigure.observation.ObservationAutoConfiguration"
        })
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBean({RateLimitProperties.class, ObservationRegistry.class})
public class TracingAutoConfiguration {

    /** Of waits and denials. */
    @Bean
    ObservedDecisions rateLimitObservedDecisions(ObjectProvider<ObservationRegistry> registry) {
        return new ObservedDecisions(SingletonSupplier.of(registry::getObject));
    }
}
