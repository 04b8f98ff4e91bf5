package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.test.MutableTimeSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.support.RestClientAdapter;
import org.springframework.web.client.support.RestClientHttpServiceGroupConfigurer;
import org.springframework.web.reactive.function.client.support.WebClientHttpServiceGroupConfigurer;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.HttpExchange;
import org.springframework.web.service.annotation.PostExchange;
import org.springframework.web.service.invoker.HttpServiceProxyFactory;
import org.springframework.web.service.registry.AbstractHttpServiceRegistrar;
import org.springframework.web.service.registry.HttpServiceGroup.ClientType;
import org.springframework.web.service.registry.HttpServiceProxyRegistry;
import org.springframework.web.service.registry.ImportHttpServices;
import reactor.core.publisher.Mono;

/** The annotation on the interfaces of HTTP clients, for which Spring makes the beans. */
@Timeout(60)
class HttpExchangeTest {

    interface Weather {

        @RateLimited(permits = 2, per = "1d")
        @GetExchange("/now")
        String now();

        @RateLimited(permits = 2, per = "1d", key = "#city")
        @GetExchange("/in/{city}")
        ResponseEntity<String> in(@PathVariable String city);

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        @GetExchange("/next")
        String next();

        @RateLimited(permits = 1, per = "1d", fallback = "usual")
        @GetExchange("/climate/{city}")
        String climate(@PathVariable String city);

        default String usual(String city, RateLimitExceededException denied) {
            return "as usual in " + city;
        }

        @GetExchange("/free")
        String free();
    }

    @RateLimited(permits = 3, per = "1d")
    @HttpExchange("/bank")
    interface Bank {

        @PostExchange("/pay")
        void pay();

        @GetExchange("/balance")
        String balance();
    }

    /** What several partners offer alike, none of it limited. */
    interface Catalog {

        @GetExchange("/items")
        String items();

        @GetExchange("/prices")
        String prices();
    }

    @RateLimited(permits = 3, per = "1d")
    interface Books extends Catalog {}

    @RateLimited(permits = 2, per = "1d")
    interface Films extends Catalog {}

    interface Stocks {

        @RateLimited(permits = 2, per = "1d", key = "#symbol")
        @GetExchange("/quote/{symbol}")
        Mono<String> quote(@PathVariable String symbol);
    }

    @Configuration(proxyBeanMethods = false)
    @ImportHttpServices(
            group = "partner",
            types = {Weather.class, Bank.class, Books.class, Films.class})
    static class Imported {

        @Bean
        RestClientHttpServiceGroupConfigurer upstream(@Value("${upstream}") String upstream) {
            return groups -> groups.forEachClient((group, client) -> client.baseUrl(upstream));
        }
    }

    /** By code, of which {@code @ImportHttpServices} knows nothing. */
    @Configuration(proxyBeanMethods = false)
    @Import(Registrar.class)
    static class Registered {

        @Bean
        RestClientHttpServiceGroupConfigurer upstream(@Value("${upstream}") String upstream) {
            return groups -> groups.forEachClient((group, client) -> client.baseUrl(upstream));
        }
    }

    static class Registrar extends AbstractHttpServiceRegistrar {

        @Override
        protected void registerHttpServices(GroupRegistry registry, AnnotationMetadata importing) {
            registry.forGroup("partner").register(Weather.class, Bank.class);
        }
    }

    /** As before there was a registry: each client made by hand. */
    @Configuration(proxyBeanMethods = false)
    static class Factory {

        @Bean
        static ClientBean weather(Environment environment) {
            return new ClientBean(environment.getRequiredProperty("upstream"));
        }
    }

    static class ClientBean implements FactoryBean<Weather> {

        private final String upstream;

        ClientBean(String upstream) {
            this.upstream = upstream;
        }

        @Override
        public Weather getObject() {
            return HttpServiceProxyFactory.builderFor(RestClientAdapter.create(RestClient.create(upstream)))
                    .build()
                    .createClient(Weather.class);
        }

        @Override
        public Class<?> getObjectType() {
            return Weather.class;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportHttpServices(group = "exchange", types = Stocks.class, clientType = ClientType.WEB_CLIENT)
    static class Reactive {

        @Bean
        WebClientHttpServiceGroupConfigurer upstream(@Value("${upstream}") String upstream) {
            return groups -> groups.forEachClient(
                    (group, client) -> client.baseUrl(upstream).clientConnector(new JdkClientHttpConnector()));
        }
    }

    private final MutableTimeSource time = new MutableTimeSource();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private @Nullable HttpServer upstream;

    @BeforeEach
    void startUpstream() throws IOException {
        upstream = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        upstream.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            requests.add(path);
            byte[] body = ("answer to " + path).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        upstream.start();
    }

    @AfterEach
    void stopUpstream() {
        upstream.stop(0);
    }

    private ApplicationContextRunner application(Class<?> clients) {
        InetSocketAddress address = upstream.getAddress();
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
                .withBean(TimeSource.class, () -> time)
                .withUserConfiguration(clients)
                .withPropertyValues("upstream=http://" + address.getHostString() + ":" + address.getPort());
    }

    private static int allowed(Runnable call) {
        int allowed = 0;
        for (int i = 0; i < 9; i++) {
            try {
                call.run();
                allowed++;
            } catch (RateLimitExceededException denied) {
                // counted by what is missing
            }
        }
        return allowed;
    }

    @Nested
    class OnAMethod {

        @Test
        void lets_no_more_requests_out() {
            application(Imported.class).run(context -> {
                Weather weather = context.getBean(Weather.class);

                assertThat(weather.now()).isEqualTo("answer to /now");
                assertThat(allowed(weather::now)).isEqualTo(1);
                assertThat(requests).containsExactly("/now", "/now");
            });
        }

        @Test
        void leaves_other_methods_free() {
            application(Imported.class).run(context -> {
                Weather weather = context.getBean(Weather.class);

                assertThat(allowed(weather::now)).isEqualTo(2);
                assertThat(allowed(weather::free)).isEqualTo(9);
            });
        }

        @Test
        void counts_each_key_by_itself() {
            application(Imported.class).run(context -> {
                Weather weather = context.getBean(Weather.class);

                assertThat(allowed(() -> weather.in("oslo"))).isEqualTo(2);
                assertThat(allowed(() -> weather.in("rome"))).isEqualTo(2);
                assertThat(requests).containsExactly("/in/oslo", "/in/oslo", "/in/rome", "/in/rome");
            });
        }

        @Test
        void sends_the_request_when_its_turn_has_come() {
            application(Imported.class).run(context -> {
                Weather weather = context.getBean(Weather.class);
                weather.next();
                CompletableFuture<String> waiting = new CompletableFuture<>();
                Thread caller = new Thread(() -> waiting.completeAsync(weather::next, Runnable::run));
                caller.start();
                while (time.parkedThreads() == 0 && !waiting.isDone()) {
                    Thread.onSpinWait();
                }

                time.advance(Duration.ofSeconds(10).minusNanos(1));
                assertThat(requests).containsExactly("/next");
                time.advance(Duration.ofNanos(1));
                assertThat(waiting.get(30, TimeUnit.SECONDS)).isEqualTo("answer to /next");
                assertThat(requests).containsExactly("/next", "/next");
            });
        }

        @Test
        void falls_back_to_a_default_method() {
            application(Imported.class).run(context -> {
                Weather weather = context.getBean(Weather.class);

                assertThat(weather.climate("oslo")).isEqualTo("answer to /climate/oslo");
                assertThat(weather.climate("rome")).isEqualTo("as usual in rome");
                assertThat(requests).containsExactly("/climate/oslo");
            });
        }

        @Test
        void is_shown_by_the_interface() {
            application(Imported.class).run(context -> {
                Weather weather = context.getBean(Weather.class);
                allowed(weather::now);

                assertThat(catchThrowableOfType(RateLimitExceededException.class, weather::now)
                                .getLimitName())
                        .isEqualTo("Weather.now");
                assertThat(context.getBean(RateLimiterRegistry.class).names())
                        .contains(Weather.class.getName() + "#now()");
            });
        }
    }

    @Nested
    class OnATypeItIsShared {

        @Test
        void by_its_methods() {
            application(Imported.class).run(context -> {
                Bank bank = context.getBean(Bank.class);

                bank.pay();
                assertThat(allowed(bank::balance)).isEqualTo(2);
                assertThat(allowed(bank::pay)).isZero();
                assertThat(requests).containsExactly("/bank/pay", "/bank/balance", "/bank/balance");
            });
        }

        @Test
        void by_the_methods_that_it_inherits() {
            application(Imported.class).run(context -> {
                Books books = context.getBean(Books.class);

                books.items();
                assertThat(allowed(books::prices)).isEqualTo(2);
                assertThat(allowed(books::items)).isZero();
                assertThat(requests).containsExactly("/items", "/prices", "/prices");
            });
        }

        @Test
        void by_nobody_else_who_inherits_them() {
            application(Imported.class).run(context -> {
                assertThat(allowed(context.getBean(Films.class)::items)).isEqualTo(2);
                assertThat(allowed(context.getBean(Books.class)::items)).isEqualTo(3);
                assertThat(context.getBean(RateLimiterRegistry.class).names())
                        .contains(Books.class.getName(), Films.class.getName())
                        .doesNotContain(Catalog.class.getName());
            });
        }
    }

    @Nested
    class HoweverTheClientCameToBeABean {

        @Test
        void by_a_registrar() {
            application(Registered.class).run(context -> {
                assertThat(allowed(context.getBean(Weather.class)::now)).isEqualTo(2);
                assertThat(allowed(context.getBean(Bank.class)::pay)).isEqualTo(3);
            });
        }

        @Test
        void by_a_factory_bean() {
            application(Factory.class).run(context -> {
                Weather weather = context.getBean(Weather.class);

                assertThat(allowed(weather::now)).isEqualTo(2);
                assertThat(requests).containsExactly("/now", "/now");
            });
        }

        @Test
        void it_is_the_same_for_those_who_ask_the_registry_of_clients() {
            application(Imported.class).run(context -> {
                Weather weather =
                        context.getBean(HttpServiceProxyRegistry.class).getClient("partner", Weather.class);

                assertThat(allowed(weather::now)).isEqualTo(2);
                assertThat(allowed(context.getBean(Weather.class)::now)).isZero();
            });
        }
    }

    @Nested
    class OfAReactiveClient {

        @Test
        void each_subscription_is_a_request() {
            application(Reactive.class).run(context -> {
                Stocks stocks = context.getBean(Stocks.class);
                Mono<String> quote = stocks.quote("acme");

                assertThat(requests).isEmpty();
                assertThat(quote.block()).isEqualTo("answer to /quote/acme");
                assertThat(quote.block()).isEqualTo("answer to /quote/acme");
                assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(quote::block);
                assertThat(stocks.quote("other").block()).isEqualTo("answer to /quote/other");
                assertThat(requests).containsExactly("/quote/acme", "/quote/acme", "/quote/other");
            });
        }
    }
}
