package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.Filter;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

class TomcatEdgeTest extends EdgeContract {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Shared.class)
    static class Application {

        @Bean
        SecurityFilterChain security(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.requestMatchers(TomcatEdgeTest::isErrorPageOf403)
                            .authenticated()
                            .anyRequest()
                            .permitAll())
                    .csrf(csrf -> csrf.disable())
                    .httpBasic(Customizer.withDefaults())
                    .build();
        }

        @Bean
        Filter filterThatIsLimited(Shop shop) {
            return (request, response, chain) -> {
                if (((HttpServletRequest) request).getRequestURI().equals("/filtered")) {
                    shop.inFilter().block();
                }
                chain.doFilter(request, response);
            };
        }

        @Bean
        Forwarding forwarding() {
            return new Forwarding();
        }

        @Bean
        Table table(Shop shop) {
            return new Table(shop);
        }

        @Bean
        RouterFunction<ServerResponse> functional(Shop shop) {
            return RouterFunctions.route()
                    .GET(
                            "/functional",
                            request -> ServerResponse.ok()
                                    .body(String.valueOf(shop.both().block())))
                    .build();
        }
    }

    @Controller
    static class Forwarding {

        @GetMapping("/api/forward")
        String forward() {
            return "forward:/api/x";
        }

        @GetMapping("/api/forward-later")
        Callable<String> forwardLater() {
            return () -> "forward:/api/x";
        }

        @GetMapping("/api/broken")
        String broken() {
            throw new IllegalStateException("broken");
        }
    }

    /** Has the writer before it is denied. */
    @Controller
    static class Table {

        private final Shop shop;

        Table(Shop shop) {
            this.shop = shop;
        }

        @GetMapping("/table")
        void table(PrintWriter out) {
            out.println("first");
            out.println(shop.both().block());
        }
    }

    /** Which is an application's where all but its login page is for those who have logged in. */
    private static boolean isErrorPageOf403(HttpServletRequest request) {
        return Integer.valueOf(403).equals(request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE));
    }

    private ConfigurableApplicationContext application;

    @BeforeAll
    void start() {
        application = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.SERVLET)
                .properties("server.port=0")
                .properties(PROPERTIES.toArray(String[]::new))
                .run();
    }

    @AfterAll
    void stop() {
        application.close();
    }

    @Override
    int port() {
        return application.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    }

    @Override
    ApplicationContext application() {
        return application;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/forward", "/api/forward-later"})
    void aRequestIsCountedOnceWhateverItIsForwardedTo(String path) {
        assertThat(get(path, "X-Key", "a").statusCode()).isEqualTo(200);
        assertDenied(get(path, "X-Key", "a"), "api");
    }

    @Test
    void aRequestThatFailsIsCountedOnce() {
        assertThat(get("/api/broken", "X-Key", "b").statusCode()).isEqualTo(500);
        HttpResponse<String> denied = get("/api/broken", "X-Key", "b");
        assertDenied(denied, "api");
    }

    @Test
    void aFunctionalEndpointIsAnsweredTheSame() {
        assertThat(get("/functional").statusCode()).isEqualTo(200);
        assertDenied(get("/functional"), "small");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*/*", "text/html,application/xml;q=0.9,*/*;q=0.8"})
    void aHandlerThatWritesByItselfIsAnsweredForToo(String accepted) {
        assertThat(get("/table", "Accept", accepted).body()).isEqualToIgnoringNewLines("first\nboth");
        HttpResponse<String> denied = get("/table", "Accept", accepted);
        assertDenied(denied, "small");
        assertThat(field(denied, "Retry-After")).isEqualTo("10");
    }

    /** Other servers may take what follows for a host. */
    @Test
    void aPathThatBeginsWithTwoSlashesIsAnsweredToo() {
        assertThat(get("//x").statusCode()).isNotEqualTo(429);
        assertDenied(get("//x"), "odd");
    }
}
