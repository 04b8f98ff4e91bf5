package io.github.ratelimited.autoconfigure.jdbc;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.RateLimitProperties;
import io.github.ratelimited.autoconfigure.RemoteStores;
import io.github.ratelimited.store.FailSafeStore;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.StoreListener;
import io.github.ratelimited.store.jdbc.JdbcLimiterStore;
import io.github.ratelimited.store.jdbc.TableName;
import java.util.Arrays;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.jdbc.init.DataSourceScriptDatabaseInitializer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.DependsOn;

/** The store that {@code ratelimit.store: jdbc} means: a table in the database of the application's {@code DataSource}. */
@AutoConfiguration(
        after = RateLimitAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
            "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration" // before Spring Boot 4
        })
@ConditionalOnClass(DataSourceScriptDatabaseInitializer.class)
@ConditionalOnBean({RateLimitProperties.class, DataSource.class})
@Conditional(OnJdbcStore.class)
public class JdbcStoreAutoConfiguration {

    /** Makes the table when {@code ratelimit.jdbc.initialize-schema} says so. */
    @Bean
    TableInitializer rateLimitTableInitializer(ListableBeanFactory beans, RateLimitProperties properties) {
        return new TableInitializer(
                dataSource(beans, properties),
                TableName.of(properties.jdbc().table()),
                properties.jdbc().initializeSchema());
    }

    /** The store itself. No candidate by type: it is a part of the next bean, as that is of the last. */
    @Bean(defaultCandidate = false)
    @DependsOn("rateLimitTableInitializer")
    JdbcLimiterStore rateLimitJdbcStore(
            ListableBeanFactory beans, RateLimitProperties properties, TimeSource timeSource) {
        RateLimitProperties.Jdbc jdbc = properties.jdbc();
        RemoteStores.checkTimeout("jdbc", jdbc.timeout());
        check(jdbc.threads() > 0, "threads = " + jdbc.threads() + " is not positive", "write for example 8");
        check(
                !jdbc.cleanupInterval().isNegative() && !jdbc.cleanupInterval().isZero(),
                "cleanup-interval = " + jdbc.cleanupInterval() + " is not longer than zero",
                "write for example 1m");
        JdbcLimiterStore store = new JdbcLimiterStore(
                dataSource(beans, properties),
                TableName.of(jdbc.table()),
                properties.keyPrefix(),
                timeSource,
                jdbc.timeout(),
                jdbc.threads());
        store.cleanEvery(jdbc.cleanupInterval());
        return store;
    }

    /** What keeps callers safe from a database that is slow or gone. */
    @Bean(defaultCandidate = false)
    FailSafeStore rateLimitJdbcFailSafeStore(
            @Qualifier("rateLimitJdbcStore") JdbcLimiterStore store,
            RateLimitProperties properties,
            TimeSource timeSource,
            ObjectProvider<StoreListener> listeners) {
        return RemoteStores.failSafe(store, "jdbc", properties.jdbc().timeout(), properties, timeSource, listeners);
    }

    /** The store. */
    @Bean
    LimiterStore jdbcLimiterStore(@Qualifier("rateLimitJdbcFailSafeStore") FailSafeStore store, TimeSource timeSource) {
        return RemoteStores.remembering(store, timeSource);
    }

    /** Looks at start whether the table can be used; a database that is down does not stop it. */
    @Bean
    JdbcStartCheck rateLimitJdbcStartCheck(@Qualifier("rateLimitJdbcStore") JdbcLimiterStore store) {
        return new JdbcStartCheck(store);
    }

    private static void check(boolean right, String problem, String fix) {
        if (!right) {
            throw new InvalidRateLimitException("ratelimit.jdbc", problem, fix);
        }
    }

    private static DataSource dataSource(ListableBeanFactory beans, RateLimitProperties properties) {
        String name = properties.jdbc().dataSource();
        List<String> names = Arrays.stream(beans.getBeanNamesForType(DataSource.class))
                .sorted()
                .toList();
        if (name != null) {
            check(
                    names.contains(name),
                    "data-source = '" + name + "' is not the name of a DataSource bean",
                    "write one of " + names);
            return beans.getBean(name, DataSource.class);
        }
        @Nullable DataSource only = beans.getBeanProvider(DataSource.class).getIfUnique();
        if (only == null) {
            throw new InvalidRateLimitException(
                    "ratelimit.jdbc",
                    "data-source is not set, and there are several DataSource beans and none is primary",
                    "set it to one of " + names);
        }
        return only;
    }
}
