package io.github.ratelimited.autoconfigure.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpMethod;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

class TomcatEndpointTest extends EndpointContract {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Shared.class)
    static class Application {

        @Bean
        SecurityFilterChain security(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.requestMatchers(HttpMethod.GET)
                            .authenticated()
                            .anyRequest()
                            .hasRole("OPERATOR"))
                    .csrf(csrf -> csrf.disable())
                    .httpBasic(Customizer.withDefaults())
                    .build();
        }

        @Bean
        UserDetailsService users() {
            return new InMemoryUserDetailsManager(
                    User.withUsername("operator")
                            .password("{noop}secret")
                            .roles("OPERATOR")
                            .build(),
                    User.withUsername("reader")
                            .password("{noop}secret")
                            .roles("READER")
                            .build());
        }
    }

    @Override
    Class<?> application() {
        return Application.class;
    }

    @Override
    WebApplicationType type() {
        return WebApplicationType.SERVLET;
    }

    @Test
    void whatIsNotExposedIsNotThere() {
        try (ConfigurableApplicationContext hidden = run("health")) {
            assertThat(send(hidden, "operator", "GET", "", "").statusCode()).isEqualTo(404);
            assertThat(send(hidden, "operator", "POST", "/orders", "{\"permits\": 1}")
                            .statusCode())
                    .isEqualTo(404);
            assertThat(hidden.getBeansOfType(RateLimitsEndpoint.class)).isEmpty();
        }
    }
}
