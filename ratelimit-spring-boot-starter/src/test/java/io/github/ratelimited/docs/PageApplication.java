package io.github.ratelimited.docs;

import java.util.stream.StreamSupport;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.core.env.PropertySource;
import org.springframework.util.ClassUtils;

/** A web application with all that is ours, an embedded database, and the Redis that it is told of. */
final class PageApplication {

    private PageApplication() {}

    static WebApplicationContextRunner with(PropertySource<?> properties) {
        return new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SslAutoConfiguration.class,
                        DataRedisAutoConfiguration.class,
                        DataSourceAutoConfiguration.class))
                .withConfiguration(AutoConfigurations.of(ours()))
                .withPropertyValues("ratelimit.hash-secret=which the environment has")
                .withInitializer(application -> {
                    // As SpringApplication does it: conditions read enums in any of their forms.
                    application.getEnvironment().setConversionService(new ApplicationConversionService());
                    application.getEnvironment().getPropertySources().addFirst(properties);
                });
    }

    private static Class<?>[] ours() {
        return StreamSupport.stream(
                        ImportCandidates.load(AutoConfiguration.class, null).spliterator(), false)
                .filter(name -> name.startsWith("io.github.ratelimited"))
                .map(name -> ClassUtils.resolveClassName(name, null))
                .toArray(Class<?>[]::new);
    }
}
