package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import io.github.ratelimited.RateLimited;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
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
                .contains("under ratelimit.limits.<name> algorithm, burst, key, max-wait, mode,"
                        + " near, obey-retry-after, on-store-failure, penalty, per, permits, plans, pointcut,")
                .doesNotContain("\tat ");
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
