package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.asyncDispatch;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpStatus;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.MvcResult;
import org.springframework.test.web.servlet.request.MockHttpServletRequestBuilder;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.context.request.async.WebAsyncUtils;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;
import reactor.core.publisher.Mono;

/** The annotation on the methods of controllers, called by requests. */
class RestControllerTest {

    @RestController
    static class Shop {

        @RateLimited(permits = 2, per = "1d")
        @GetMapping("/orders")
        String orders() {
            return "orders";
        }

        @RateLimited(permits = 2, per = "1d", key = "#principal")
        @GetMapping("/account")
        String account() {
            return "account";
        }

        @RateLimited(permits = 2, per = "1d", key = "#clientIp")
        @GetMapping("/login")
        String login() {
            return "login";
        }

        @RateLimited(permits = 2, per = "1d", key = "#id")
        @GetMapping("/items/{id}")
        String item(@PathVariable long id) {
            return "item " + id;
        }

        @RateLimited(permits = 2, per = "1d", key = "#text")
        @GetMapping("/search")
        String search(@RequestParam(name = "q", required = false) String text) {
            return "found " + text;
        }

        @GetMapping("/free")
        String free() {
            return "free";
        }
    }

    interface Reports {

        @RateLimited(permits = 2, per = "1d", key = "#year")
        @GetMapping("/reports/{year}")
        String report(@PathVariable("year") int year);

        @RateLimited(permits = 2, per = "1d", key = "#p0")
        @GetMapping("/totals/{year}")
        String total(@PathVariable("year") int year);
    }

    @RestController
    static class PlainReports implements Reports {

        @Override
        public String report(int reported) {
            return "report of " + reported;
        }

        @Override
        public String total(int year) {
            return "total of " + year;
        }
    }

    @RestController
    @RateLimited(permits = 3, per = "1d")
    static class Admin {

        @GetMapping("/users")
        String users() {
            return "users";
        }

        @GetMapping("/logs")
        String logs() {
            return "logs";
        }
    }

    @RestController
    static class Later {

        @RateLimited(permits = 2, per = "1d", key = "#principal")
        @GetMapping("/future")
        CompletableFuture<String> future() {
            return CompletableFuture.completedFuture("answer");
        }

        @RateLimited(permits = 2, per = "1d", key = "#principal")
        @GetMapping("/mono")
        Mono<String> mono() {
            return Mono.just("answer");
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "10s")
        @GetMapping("/waiting/future")
        CompletableFuture<String> waitingFuture() {
            return CompletableFuture.completedFuture("answer");
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "10s")
        @GetMapping("/waiting/mono")
        Mono<String> waitingMono() {
            return Mono.just("answer");
        }
    }

    @RestControllerAdvice
    static class Advice {

        @ExceptionHandler
        @ResponseStatus(HttpStatus.TOO_MANY_REQUESTS)
        String denied(RateLimitExceededException denied) {
            return denied.getLimitName() + " in " + denied.getRetryAfter();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableWebMvc
    @Import({Shop.class, PlainReports.class, Admin.class, Later.class, Advice.class})
    static class WebApplication {}

    private final MutableTimeSource time = new MutableTimeSource();

    private final WebApplicationContextRunner application = new WebApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
            .withBean(TimeSource.class, () -> time)
            .withUserConfiguration(WebApplication.class);

    /** What a client sees of the application. */
    private static final class Client {

        private final MockMvc mvc;

        Client(WebApplicationContext context) {
            mvc = MockMvcBuilders.webAppContextSetup(context).build();
        }

        MvcResult begin(MockHttpServletRequestBuilder request) throws Exception {
            return mvc.perform(request).andReturn();
        }

        String end(MvcResult result) throws Exception {
            MvcResult last = result.getRequest().isAsyncStarted()
                    ? mvc.perform(asyncDispatch(result)).andReturn()
                    : result;
            return last.getResponse().getStatus() + " " + last.getResponse().getContentAsString();
        }

        List<String> answers(int requests, MockHttpServletRequestBuilder request) throws Exception {
            List<String> answers = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                answers.add(end(begin(request)));
            }
            return answers;
        }
    }

    private interface Requests {

        void send(Client client) throws Exception;
    }

    private void serve(Requests requests) {
        application.run(context -> requests.send(new Client(context)));
    }

    private static MockHttpServletRequestBuilder by(String user, String path) {
        return get(path).principal(() -> user);
    }

    private static MockHttpServletRequestBuilder from(String address, String path) {
        return get(path).with(request -> {
            request.setRemoteAddr(address);
            return request;
        });
    }

    @Nested
    class ADeniedRequest {

        @Test
        void is_answered_by_the_exception_handler() {
            serve(client -> assertThat(client.answers(3, get("/orders")))
                    .containsExactly("200 orders", "200 orders", "429 Shop.orders in PT12H"));
        }

        @Test
        void is_let_in_again_when_it_is_time() {
            serve(client -> {
                client.answers(2, get("/orders"));
                time.advance(Duration.ofHours(12));
                assertThat(client.answers(2, get("/orders"))).containsExactly("200 orders", "429 Shop.orders in PT12H");
            });
        }

        @Test
        void leaves_other_mappings_free() {
            serve(client -> {
                client.answers(3, get("/orders"));
                assertThat(client.answers(3, get("/free"))).containsOnly("200 free");
            });
        }
    }

    @Nested
    class OnTheType {

        @Test
        void it_is_shared_by_all_mappings() {
            serve(client -> {
                assertThat(client.answers(1, get("/users"))).containsExactly("200 users");
                assertThat(client.answers(3, get("/logs")))
                        .containsExactly("200 logs", "200 logs", "429 Admin in PT8H");
            });
        }
    }

    @Nested
    class Key {

        @Test
        void may_be_the_principal() {
            serve(client -> {
                assertThat(client.answers(3, by("ann", "/account")))
                        .containsExactly("200 account", "200 account", "429 Shop.account in PT12H");
                assertThat(client.answers(1, by("bob", "/account"))).containsExactly("200 account");
            });
        }

        @Test
        void may_be_the_client_ip() {
            serve(client -> {
                assertThat(client.answers(3, from("10.0.0.1", "/login")))
                        .containsExactly("200 login", "200 login", "429 Shop.login in PT12H");
                assertThat(client.answers(1, from("10.0.0.2", "/login"))).containsExactly("200 login");
            });
        }

        @Test
        void may_be_a_path_variable() {
            serve(client -> {
                assertThat(client.answers(3, get("/items/1")))
                        .containsExactly("200 item 1", "200 item 1", "429 Shop.item in PT12H");
                assertThat(client.answers(1, get("/items/2"))).containsExactly("200 item 2");
            });
        }

        @Test
        void may_be_a_request_parameter() {
            serve(client -> {
                assertThat(client.answers(3, get("/search?q=a")))
                        .containsExactly("200 found a", "200 found a", "429 Shop.search in PT12H");
                assertThat(client.answers(1, get("/search?q=b"))).containsExactly("200 found b");
                assertThat(client.answers(3, get("/search")))
                        .containsExactly("200 found null", "200 found null", "429 Shop.search in PT12H");
            });
        }
    }

    @Nested
    class OnAnInterfaceWithTheMappings {

        @Test
        void holds_for_the_controller() {
            serve(client -> {
                assertThat(client.answers(3, get("/reports/2024")))
                        .containsExactly(
                                "200 report of 2024", "200 report of 2024", "429 PlainReports.report in PT12H");
                assertThat(client.answers(1, get("/reports/2025"))).containsExactly("200 report of 2025");
            });
        }

        @Test
        void holds_by_position_too() {
            serve(client -> {
                assertThat(client.answers(3, get("/totals/2024")))
                        .containsExactly("200 total of 2024", "200 total of 2024", "429 PlainReports.total in PT12H");
                assertThat(client.answers(1, get("/totals/2025"))).containsExactly("200 total of 2025");
            });
        }
    }

    @Nested
    class AnAsynchronousMapping {

        @ParameterizedTest
        @ValueSource(strings = {"/future", "/mono"})
        void is_denied_by_the_exception_handler(String path) {
            String limit = path.equals("/mono") ? "Later.mono" : "Later.future";
            serve(client -> {
                assertThat(client.answers(3, by("ann", path)))
                        .containsExactly("200 answer", "200 answer", "429 " + limit + " in PT12H");
                assertThat(client.answers(1, by("bob", path))).containsExactly("200 answer");
            });
        }

        @ParameterizedTest
        @ValueSource(strings = {"/waiting/future", "/waiting/mono"})
        void is_answered_when_its_turn_has_come(String path) {
            serve(client -> {
                client.answers(1, get(path));
                MvcResult waiting = client.begin(get(path));

                time.advance(Duration.ofSeconds(10).minusNanos(1));
                assertThat(WebAsyncUtils.getAsyncManager(waiting.getRequest()).hasConcurrentResult())
                        .isFalse();
                time.advance(Duration.ofNanos(1));
                assertThat(client.end(waiting)).isEqualTo("200 answer");
            });
        }
    }
}
