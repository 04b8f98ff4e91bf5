package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** {@code ratelimit.order}: whether what the cache answers costs a permit. */
class AdviceOrderPropertyTest {

    public static class Prices {

        @Cacheable("prices")
        @RateLimited(permits = 2, per = "1d")
        public String of(String item) {
            return item;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Caches {

        @Bean
        CacheManager cacheManager() {
            return new ConcurrentMapCacheManager();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
            .withUserConfiguration(Caches.class)
            .withBean(Prices.class);

    @Test
    void a_hit_is_free_by_default() {
        application.run(context ->
                assertThat(callsBeforeDenial(context.getBean(Prices.class))).isEqualTo(9));
        application
                .withPropertyValues("ratelimit.order=cache-first")
                .run(context -> assertThat(callsBeforeDenial(context.getBean(Prices.class)))
                        .isEqualTo(9));
    }

    @Test
    void a_hit_costs_a_permit_with_limit_first() {
        application
                .withPropertyValues("ratelimit.order=limit-first")
                .run(context -> assertThat(callsBeforeDenial(context.getBean(Prices.class)))
                        .isEqualTo(2));
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void another_value_stops_the_start_and_those_that_there_are_are_named(CapturedOutput output) {
        assertThatException()
                .isThrownBy(() -> SpringApplication.run(Application.class, "--ratelimit.order=cash-first"));
        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("Property: ratelimit.order")
                .contains("Value: \"cash-first\"")
                .contains("CACHE_FIRST")
                .contains("LIMIT_FIRST")
                .doesNotContain("\tat ");
    }

    private static int callsBeforeDenial(Prices prices) {
        for (int calls = 0; calls < 9; calls++) {
            try {
                prices.of("tea");
            } catch (RateLimitExceededException denied) {
                return calls;
            }
        }
        return 9;
    }
}
