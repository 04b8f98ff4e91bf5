package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.autoconfigure.jdbc.JdbcStoreAutoConfiguration;
import io.github.ratelimited.autoconfigure.redis.RedisStoreAutoConfiguration;
import io.github.ratelimited.store.FailSafeStore;
import java.util.List;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/** The health of stores in other processes, as {@code ratelimit}; from Spring Boot 4 on. */
@AutoConfiguration(after = {RedisStoreAutoConfiguration.class, JdbcStoreAutoConfiguration.class})
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@Conditional(HealthAutoConfiguration.OnRemoteStore.class)
@ConditionalOnEnabledHealthIndicator("ratelimit")
public class HealthAutoConfiguration {

    /** Of all of them. */
    @Bean
    @ConditionalOnMissingBean(name = "ratelimitHealthIndicator")
    HealthIndicator ratelimitHealthIndicator(ListableBeanFactory beans) {
        return new StoreHealthIndicator(
                List.copyOf(beans.getBeansOfType(FailSafeStore.class).values()));
    }

    /** By name: what keeps a store safe is no candidate by type. */
    static final class OnRemoteStore extends AnyNestedCondition {

        OnRemoteStore() {
            super(ConfigurationPhase.REGISTER_BEAN);
        }

        @ConditionalOnBean(name = "redisLimiterStore")
        static final class Redis {}

        @ConditionalOnBean(name = "jdbcLimiterStore")
        static final class Jdbc {}
    }
}
