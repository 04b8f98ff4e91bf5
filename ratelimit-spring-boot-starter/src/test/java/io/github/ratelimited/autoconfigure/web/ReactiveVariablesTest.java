package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.aop.CallVariables;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.test.MutableTimeSource;
import java.net.InetSocketAddress;
import java.security.Principal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableReactiveWebApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.server.WebHandler;
import org.springframework.web.server.handler.FilteringWebHandler;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** {@code #principal} and {@code #clientIp} in the expressions of an application that serves HTTP reactively. */
class ReactiveVariablesTest {

    public static class Account {

        @RateLimited(permits = 2, per = "1d", key = "#principal")
        public Mono<String> byUser() {
            return Mono.just("by user");
        }

        @RateLimited(permits = 3, per = "1d", key = "#clientIp")
        public Mono<String> byAddress() {
            return Mono.just("by address");
        }
    }

    /** Says who is calling, with the order of a security filter. */
    @Order(-100)
    static class Security implements WebFilter {

        @Override
        public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
            String user = exchange.getRequest().getHeaders().getFirst("user");
            return chain.filter(exchange.mutate().principal(principal(user)).build());
        }

        private static Mono<Principal> principal(@Nullable String user) {
            if (user == null) {
                return Mono.empty();
            }
            return user.equals("broken")
                    ? Mono.error(new IllegalStateException("the session store is down"))
                    : Mono.just(() -> user.equals("nameless") ? null : user);
        }
    }

    private final ReactiveWebApplicationContextRunner application = new ReactiveWebApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(ReactiveVariablesAutoConfiguration.class, RateLimitAutoConfiguration.class))
            .withBean(TimeSource.class, MutableTimeSource::new)
            .withBean(Account.class)
            .withBean(Security.class);

    /** The status that a request gets whose handler makes that call. */
    private static HttpStatusCode status(
            AssertableReactiveWebApplicationContext context,
            Function<Account, Mono<String>> call,
            @Nullable String user,
            String address) {
        Account account = context.getBean(Account.class);
        MockServerHttpRequest.BaseBuilder<?> request =
                MockServerHttpRequest.get("/").remoteAddress(new InetSocketAddress(address, 1234));
        if (user != null) {
            request.header("user", user);
        }
        MockServerWebExchange exchange = MockServerWebExchange.from(request.build());
        WebHandler handler = each -> call.apply(account)
                .doOnNext(text -> each.getResponse().setStatusCode(HttpStatus.OK))
                .onErrorResume(RateLimitExceededException.class, denied -> {
                    each.getResponse().setStatusCode(HttpStatus.TOO_MANY_REQUESTS);
                    return Mono.empty();
                })
                .then();
        new FilteringWebHandler(
                        handler,
                        context.getBeanProvider(WebFilter.class).orderedStream().toList())
                .handle(exchange)
                .block(Duration.ofSeconds(20));
        return exchange.getResponse().getStatusCode();
    }

    @Test
    void thePrincipalIsTheNameOfWhoeverCalls() {
        application.run(context -> {
            for (int i = 0; i < 2; i++) {
                assertThat(status(context, Account::byUser, "ann", "10.0.0.1")).isEqualTo(HttpStatus.OK);
                assertThat(status(context, Account::byUser, "bob", "10.0.0.1")).isEqualTo(HttpStatus.OK);
            }
            assertThat(status(context, Account::byUser, "ann", "10.0.0.9")).isEqualTo(HttpStatus.TOO_MANY_REQUESTS);
            assertThat(status(context, Account::byUser, "bob", "10.0.0.9")).isEqualTo(HttpStatus.TOO_MANY_REQUESTS);
        });
    }

    @Test
    void callersWithoutPrincipalAreLimitedTogether() {
        application.run(context -> {
            assertThat(status(context, Account::byUser, null, "10.0.0.1")).isEqualTo(HttpStatus.OK);
            assertThat(status(context, Account::byUser, null, "10.0.0.2")).isEqualTo(HttpStatus.OK);
            assertThat(status(context, Account::byUser, null, "10.0.0.3")).isEqualTo(HttpStatus.TOO_MANY_REQUESTS);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"nameless", "broken"})
    void aPrincipalThatCannotBeToldIsLimitedLikeNone(String user) {
        application.run(context -> {
            assertThat(status(context, Account::byAddress, user, "10.0.0.1")).isEqualTo(HttpStatus.OK);
            assertThat(status(context, Account::byUser, user, "10.0.0.1")).isEqualTo(HttpStatus.OK);
            assertThat(status(context, Account::byUser, null, "10.0.0.1")).isEqualTo(HttpStatus.OK);
            assertThat(status(context, Account::byUser, user, "10.0.0.1")).isEqualTo(HttpStatus.TOO_MANY_REQUESTS);
            assertThat(status(context, Account::byUser, "ann", "10.0.0.1")).isEqualTo(HttpStatus.OK);
        });
    }

    @Test
    void theClientIpIsTheAddressOfTheConnection() {
        application.run(context -> {
            for (int i = 0; i < 3; i++) {
                assertThat(status(context, Account::byAddress, "ann", "10.0.0.1"))
                        .isEqualTo(HttpStatus.OK);
            }
            assertThat(status(context, Account::byAddress, "ann", "10.0.0.1")).isEqualTo(HttpStatus.TOO_MANY_REQUESTS);
            assertThat(status(context, Account::byAddress, "ann", "10.0.0.2")).isEqualTo(HttpStatus.OK);
        });
    }

    @Test
    void theValuesAreThoseOfTheSubscriberNotOfWhoeverMadeTheCall() {
        application.run(context -> {
            Mono<String> made = context.getBean(Account.class).byUser();
            for (String user : List.of("ann", "bob", "cid")) {
                assertThat(status(context, account -> made, user, "10.0.0.1")).isEqualTo(HttpStatus.OK);
            }
        });
    }

    @Test
    void whatABeanOfTheApplicationSaysWinsAndTheOtherStays() {
        CallVariables mine = () -> Map.of("clientIp", () -> "one for all");
        application.withBean(CallVariables.class, () -> mine).run(context -> {
            for (int i = 1; i <= 3; i++) {
                assertThat(status(context, Account::byAddress, "ann", "10.0.0." + i))
                        .isEqualTo(HttpStatus.OK);
            }
            assertThat(status(context, Account::byAddress, "ann", "10.0.0.9")).isEqualTo(HttpStatus.TOO_MANY_REQUESTS);
            for (String user : List.of("ann", "bob", "cid")) {
                assertThat(status(context, Account::byUser, user, "10.0.0.1")).isEqualTo(HttpStatus.OK);
            }
        });
    }

    @Test
    void outsideOfARequestThereIsNobody() {
        application.run(context -> {
            Account account = context.getBean(Account.class);
            StepVerifier.create(account.byUser()).expectNext("by user").verifyComplete();
            StepVerifier.create(account.byUser()).expectNext("by user").verifyComplete();
            StepVerifier.create(account.byUser()).verifyError(RateLimitExceededException.class);
        });
    }

    @Test
    void isOffWithLimitsAndWithoutSpringWeb() {
        application
                .withPropertyValues("ratelimit.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(CallVariables.class));
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ReactiveVariablesAutoConfiguration.class))
                .run(context -> assertThat(context).doesNotHaveBean(CallVariables.class));
        new ReactiveWebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(ReactiveVariablesAutoConfiguration.class))
                .withClassLoader(new FilteredClassLoader(WebFilter.class))
                .run(context -> assertThat(context).doesNotHaveBean(ReactiveVariablesAutoConfiguration.class));
    }
}
