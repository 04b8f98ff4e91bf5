package io.github.ratelimited.autoconfigure.redis;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.autoconfigure.RemoteStores;
import io.github.ratelimited.store.FailSafeStore;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.StoreListener;
import io.github.ratelimited.store.redis.RedisConnection;
import io.github.ratelimited.store.redis.RedisLimiterStore;
import io.lettuce.core.RedisClient;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** The store that {@code ratelimit.store: redis} means: in the Redis or Valkey of {@code spring.data.redis}, by Lettuce. */
@AutoConfiguration(
        after = RateLimitAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration",
            "org.springframework.boot.autoconfigure.data.redis.RedisAutoConfiguration" // before Spring Boot 4
        })
@ConditionalOnClass({RedisClient.class, LettuceConnectionFactory.class})
@ConditionalOnBean(RateLimitProperties.class)
@ConditionalOnSingleCandidate(LettuceConnectionFactory.class)
@Conditional({OnRedisStore.class, OnKnownMaster.class})
public class RedisStoreAutoConfiguration {

    /** A client of the application's server by settings of our own. */
    @Bean
    OwnRedisClient rateLimitRedisClient(
            LettuceConnectionFactory factory, ListableBeanFactory beans, Environment environment) {
        if (!OnKnownMaster.isKnown(beans, environment)) {
            throw new InvalidRateLimitException(
                    "spring.data.redis.masterreplica",
                    "the store 'redis' does not know which of these servers is the master",
                    "configure it by host, by sentinel or as a cluster");
        }
        return new OwnRedisClient(factory);
    }

    /** Opened when the first limit is asked for. */
    @Bean
    RedisConnection rateLimitRedisConnection(OwnRedisClient client, TimeSource timeSource) {
        return new RedisConnection(client.client(), timeSource);
    }

    /** What keeps callers safe from a server that is slow or gone. No candidate by type: it is a part of the next bean. */
    @Bean(defaultCandidate = false)
    FailSafeStore rateLimitRedisFailSafeStore(
            RedisConnection connection,
            RateLimitProperties properties,
            TimeSource timeSource,
            ObjectProvider<StoreListener> listeners) {
        return RemoteStores.failSafe(
                new RedisLimiterStore(connection, properties.keyPrefix()),
                "redis",
                properties.redis().timeout(),
                properties,
                timeSource,
                listeners);
    }

    /** The store. */
    @Bean
    LimiterStore redisLimiterStore(
            @Qualifier("rateLimitRedisFailSafeStore") FailSafeStore store, TimeSource timeSource) {
        return RemoteStores.remembering(store, timeSource);
    }

    /** Looks at start whether the server lets us in; one that is down does not stop it. */
    @Bean
    @ConditionalOnProperty(name = "ratelimit.store", havingValue = "redis")
    RedisStartCheck rateLimitRedisStartCheck(RedisConnection connection, RateLimitProperties properties) {
        return new RedisStartCheck(connection, properties.keyPrefix());
    }
}
