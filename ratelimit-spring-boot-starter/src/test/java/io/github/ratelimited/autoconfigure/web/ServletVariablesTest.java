package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.aop.CallVariables;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.test.MutableTimeSource;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** {@code #principal} and {@code #clientIp} in the expressions of an application that serves HTTP. */
class ServletVariablesTest {

    public static class Account {

        @RateLimited(permits = 2, per = "1d", key = "#principal")
        public void byUser() {}

        @RateLimited(permits = 2, per = "1d", key = "#clientIp")
        public void byAddress() {}

        @RateLimited(permits = 2, per = "1d", condition = "#principal == null")
        public void guestsOnly() {}

        @RateLimited(permits = 2, per = "1d", key = "#principal")
        public void byArgument(String principal) {}
    }

    private static final AutoConfigurations CONFIGURATIONS = AutoConfigurations.of(RateLimitAutoConfiguration.class);

    private final WebApplicationContextRunner application = new WebApplicationContextRunner()
            .withConfiguration(CONFIGURATIONS)
            .withBean(TimeSource.class, MutableTimeSource::new)
            .withBean(Account.class);

    @AfterEach
    void endRequest() {
        RequestContextHolder.resetRequestAttributes();
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

    private static void request(@Nullable String user, String address) {
        MockHttpServletRequest request = new MockHttpServletRequest();
        request.setRemoteAddr(address);
        request.setUserPrincipal(user == null ? null : () -> user);
        RequestContextHolder.setRequestAttributes(new ServletRequestAttributes(request));
    }

    @Nested
    class InARequest {

        @Test
        void the_principal_is_the_name_of_the_user() {
            application.run(context -> {
                Account account = context.getBean(Account.class);
                request("ann", "10.0.0.1");
                assertThat(allowed(account::byUser)).isEqualTo(2);
                request("bob", "10.0.0.1");
                assertThat(allowed(account::byUser)).isEqualTo(2);
                request("ann", "10.0.0.2");
                assertThat(allowed(account::byUser)).isZero();
            });
        }

        @Test
        void guests_are_limited_together() {
            application.run(context -> {
                Account account = context.getBean(Account.class);
                request(null, "10.0.0.1");
                assertThat(allowed(account::byUser)).isEqualTo(2);
                request(null, "10.0.0.2");
                assertThat(allowed(account::byUser)).isZero();
            });
        }

        @Test
        void the_client_ip_is_the_address_of_the_caller() {
            application.run(context -> {
                Account account = context.getBean(Account.class);
                request("ann", "10.0.0.1");
                assertThat(allowed(account::byAddress)).isEqualTo(2);
                request("ann", "10.0.0.2");
                assertThat(allowed(account::byAddress)).isEqualTo(2);
                request("bob", "10.0.0.1");
                assertThat(allowed(account::byAddress)).isZero();
            });
        }

        @Test
        void conditions_can_ask_for_them_too() {
            application.run(context -> {
                Account account = context.getBean(Account.class);
                request("ann", "10.0.0.1");
                assertThat(allowed(account::guestsOnly)).isEqualTo(9);
                request(null, "10.0.0.1");
                assertThat(allowed(account::guestsOnly)).isEqualTo(2);
            });
        }

        @Test
        void an_argument_of_that_name_comes_first() {
            application.run(context -> {
                Account account = context.getBean(Account.class);
                request("ann", "10.0.0.1");
                assertThat(allowed(() -> account.byArgument("x"))).isEqualTo(2);
                assertThat(allowed(() -> account.byArgument("y"))).isEqualTo(2);
            });
        }
    }

    @Nested
    class OfTheApplicationsOwn {

        /** Behind a proxy: every caller has the same address. */
        @Configuration(proxyBeanMethods = false)
        static class Forwarded {

            @Bean
            CallVariables forwarded() {
                return () -> Map.of("clientIp", () -> {
                    ServletRequestAttributes attributes =
                            (ServletRequestAttributes) RequestContextHolder.currentRequestAttributes();
                    return attributes.getRequest().getHeader("X-Forwarded-For");
                });
            }
        }

        private void forwarded(String address) {
            MockHttpServletRequest request = new MockHttpServletRequest();
            request.addHeader("X-Forwarded-For", address);
            request.setUserPrincipal(() -> "ann");
            RequestContextHolder.setRequestAttributes(new ServletRequestAttributes(request));
        }

        @Test
        void one_wins_over_ours_and_the_other_stays() {
            application.withUserConfiguration(Forwarded.class).run(context -> {
                Account account = context.getBean(Account.class);
                forwarded("10.0.0.1");
                assertThat(allowed(account::byAddress)).isEqualTo(2);
                forwarded("10.0.0.2");
                assertThat(allowed(account::byAddress)).isEqualTo(2);
                assertThat(allowed(account::byUser)).isEqualTo(2);
                assertThat(allowed(account::guestsOnly)).isEqualTo(9);
            });
        }

        @Test
        void one_wins_over_ours_that_is_registered_after_it() {
            application
                    .withInitializer(context -> context.addBeanFactoryPostProcessor(
                            factory -> factory.registerSingleton("late", new Forwarded().forwarded())))
                    .run(context -> {
                        Account account = context.getBean(Account.class);
                        forwarded("10.0.0.1");
                        assertThat(allowed(account::byAddress)).isEqualTo(2);
                        forwarded("10.0.0.2");
                        assertThat(allowed(account::byAddress)).isEqualTo(2);
                    });
        }

        @Test
        void the_first_by_order_wins() {
            CallVariables second = () -> Map.of("clientIp", () -> "one for all");
            application
                    .withBean("second", CallVariables.class, () -> second)
                    .withBean("first", CallVariables.class, FirstInOrder::new)
                    .run(context -> {
                        Account account = context.getBean(Account.class);
                        forwarded("10.0.0.1");
                        assertThat(allowed(account::byAddress)).isEqualTo(2);
                        forwarded("10.0.0.2");
                        assertThat(allowed(account::byAddress)).isEqualTo(2);
                    });
        }

        @Order(0)
        static class FirstInOrder implements CallVariables {

            @Override
            public Map<String, Supplier<@Nullable Object>> variables() {
                return new Forwarded().forwarded().variables();
            }
        }
    }

    @Nested
    class OutsideOfARequest {

        @Test
        void they_are_nothing_and_all_calls_are_limited_together() {
            application.run(context -> {
                Account account = context.getBean(Account.class);
                assertThat(allowed(account::byUser)).isEqualTo(2);
                assertThat(allowed(account::byAddress)).isEqualTo(2);
                request(null, "10.0.0.1");
                assertThat(allowed(account::byUser)).isZero();
                assertThat(allowed(account::byAddress)).isEqualTo(2);
            });
        }
    }

    @Nested
    class WithoutAWebApplication {

        private static final String UNKNOWN = ", which is no parameter of []; known are [#method]";

        public static class Mine {

            @RateLimited(permits = 2, key = "#clientIp")
            public void place() {}
        }

        @Test
        void they_are_unknown_and_stop_the_start() {
            new ApplicationContextRunner()
                    .withConfiguration(CONFIGURATIONS)
                    .withBean(Mine.class)
                    .run(context -> assertThat(context.getStartupFailure())
                            .rootCause()
                            .hasMessage("@RateLimited on " + Mine.class.getName()
                                    + "#place: key = \"#clientIp\" refers to #clientIp" + UNKNOWN));
        }

        @Test
        void there_is_nothing_that_brings_them() {
            new ApplicationContextRunner()
                    .withConfiguration(CONFIGURATIONS)
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(CallVariables.class));
            new ReactiveWebApplicationContextRunner()
                    .withConfiguration(CONFIGURATIONS)
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(CallVariables.class));
            new WebApplicationContextRunner()
                    .withConfiguration(CONFIGURATIONS)
                    .withClassLoader(new FilteredClassLoader(RequestContextHolder.class))
                    .run(context -> assertThat(context).doesNotHaveBean(CallVariables.class));
            new WebApplicationContextRunner()
                    .withConfiguration(CONFIGURATIONS)
                    .withPropertyValues("ratelimit.enabled=false")
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(CallVariables.class));
        }

        @Test
        void an_application_can_bring_its_own() {
            CallVariables mine = () -> Map.of("clientIp", () -> "10.0.0.1");
            new ApplicationContextRunner()
                    .withConfiguration(CONFIGURATIONS)
                    .withBean(TimeSource.class, MutableTimeSource::new)
                    .withBean(CallVariables.class, () -> mine)
                    .withBean(Mine.class)
                    .run(context -> assertThat(allowed(context.getBean(Mine.class)::place))
                            .isEqualTo(2));
        }
    }
}
