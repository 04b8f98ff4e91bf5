package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import io.github.ratelimited.RateLimited;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What somebody sees in the console who has made a mistake. */
@ExtendWith(OutputCaptureExtension.class)
class FailureAnalysisTest {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        Orders orders() {
            return new Orders();
        }
    }

    static class Orders {

        @RateLimited(name = "orders", permits = 5, per = "${orders.period:1x}")
        public void place() {}
    }

    private static ConfigurableApplicationContext run(String... arguments) {
        return new SpringApplicationBuilder(Application.class)
                // Spring Boot 3 takes the Servlet API on the class path for a web application.
                .web(WebApplicationType.NONE)
                .run(arguments);
    }

    @Test
    void a_wrong_annotation_is_described_with_its_place_value_and_fix(CapturedOutput output) {
        assertThatException().isThrownBy(() -> run());
        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("@RateLimited on " + Orders.class.getName() + "#place: per = \"1x\" is not a duration")
                .contains("Write for example \"500ms\"")
                .doesNotContain("\tat ");
    }

    @Test
    void an_unknown_property_is_told_of_with_those_that_there_are(CapturedOutput output) {
        assertThatException().isThrownBy(() -> run("--orders.period=1s", "--ratelimit.limits.orders.permit=7"));
        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("There is no such property:")
                .contains("ratelimit.limits.orders.permit")
                .contains(
                        "Is it meant to be permits? Known under ratelimit.limits.<name> are algorithm, burst, key, max-wait,"
                                + " mode, near, obey-retry-after, on-store-failure, penalty, per, permits, plans, pointcut.")
                .doesNotContain("Known under ratelimit are")
                .doesNotContain("\tat ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ratelimit.stores                             | meant to be store? Known under ratelimit are
            ratelimit.limts.orders.permits               | meant to be limits? Known under ratelimit are
            ratelimit.limits.orders.maxwaits             | meant to be max-wait? Known under ratelimit.limits.<name> are
            ratelimit.limits.orders.plans.big.permit     | meant to be permits? Known under ratelimit.limits.<name>.plans.<name> are
            ratelimit.limits.orders.penalty.until        | name. Known under ratelimit.limits.<name>.penalty are after, for
            ratelimit.web.rules[0].path                  | meant to be paths? Known under ratelimit.web.rules[] are
            ratelimit.web.trusted-proxy                  | name. Known under ratelimit.web are
            ratelimit.redis.timeouts                     | meant to be timeout? Known under ratelimit.redis are timeout.
            """)
    void an_unknown_property_is_told_of_with_those_beside_it(String name, String told) {
        assertThat("name. " + PropertyLevel.of(ConfigurationPropertyName.of(name)))
                .contains(told);
    }

    @Test
    void an_unknown_algorithm_is_described_with_its_place_and_those_that_there_are(CapturedOutput output) {
        assertThatException().isThrownBy(() -> run("--orders.period=1s", "--ratelimit.limits.orders.algorithm=leaky"));
        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("ratelimit.limits.orders.algorithm")
                .contains("leaky")
                .contains("FIXED_WINDOW", "SLIDING_WINDOW", "TOKEN_BUCKET")
                .doesNotContain("\tat ");
    }

    @Test
    void a_right_application_starts() {
        run("--orders.period=1s").close();
    }
}
