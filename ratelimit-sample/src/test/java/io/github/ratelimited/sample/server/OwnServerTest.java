package io.github.ratelimited.sample.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** When the sample starts a server of its own; that it does is NodesTest's. */
class OwnServerTest {

    private final ApplicationContextRunner sample =
            new ApplicationContextRunner().withUserConfiguration(OwnRedis.class, OwnPostgres.class);

    @Test
    void isNotStartedWithoutItsProfile() {
        sample.run(context -> assertThat(context).doesNotHaveBean(OwnServer.class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"host=redis.example", "url=redis://redis.example", "cluster.nodes=a:1,b:2"})
    void isNotStartedWhereARedisIsConfigured(String property) {
        sample.withPropertyValues("spring.profiles.active=redis", "spring.data.redis." + property)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(OwnServer.class));
    }

    @Test
    void isNotStartedWhereADatabaseIsConfigured() {
        sample.withPropertyValues("spring.profiles.active=postgres", "spring.datasource.url=jdbc:postgresql://db/x")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(OwnServer.class));
    }

    @Test
    void isStartedInItsProfile() {
        sample.withPropertyValues("spring.profiles.active=redis")
                .run(context -> assertThat(context.getBean(OwnServer.class).arguments())
                        .contains("--spring.data.redis.host=127.0.0.1"));
    }
}
