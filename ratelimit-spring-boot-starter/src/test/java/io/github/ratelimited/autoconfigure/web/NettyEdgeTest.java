package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.WebFilter;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

class NettyEdgeTest extends EdgeContract {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(Shared.class)
    static class Application {

        @Bean
        SecurityWebFilterChain security(ServerHttpSecurity http) {
            return http.authorizeExchange(exchanges -> exchanges.anyExchange().permitAll())
                    .csrf(csrf -> csrf.disable())
                    .httpBasic(Customizer.withDefaults())
                    .build();
        }

        @Bean
        WebFilter filterThatIsLimited(Shop shop) {
            return (exchange, chain) -> exchange.getRequest().getPath().value().equals("/filtered")
                    ? shop.inFilter().then(chain.filter(exchange))
                    : chain.filter(exchange);
        }

        @Bean
        RouterFunction<ServerResponse> functional(Shop shop) {
            return RouterFunctions.route()
                    .GET(
                            "/functional",
                            request -> shop.both()
                                    .flatMap(body -> ServerResponse.ok().bodyValue(body)))
                    .build();
        }
    }

    private ConfigurableApplicationContext application;
    private DisposableServer server;

    /** The application's own server is Tomcat, since that is there too. */
    @BeforeAll
    void start() {
        application = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.REACTIVE)
                .properties("server.port=0")
                .properties(PROPERTIES.toArray(String[]::new))
                .run();
        // One request a connection: Reactor Netty 1.2.18 (Spring Boot 3.5) may never read what follows an answer given
        // at once to a request that had to queue (reactor-netty issue 4361).
        server = HttpServer.create()
                .port(0)
                .maxKeepAliveRequests(1)
                .handle(new ReactorHttpHandlerAdapter(application.getBean(HttpHandler.class)))
                .bindNow();
    }

    @AfterAll
    void stop() {
        server.disposeNow();
        application.close();
    }

    @Override
    int port() {
        return server.port();
    }

    @Override
    ApplicationContext application() {
        return application;
    }

    @Test
    void aFunctionalEndpointIsAnsweredTheSame() {
        assertThat(get("/functional").statusCode()).isEqualTo(200);
        assertDenied(get("/functional"), "small");
    }
}
