package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.web.ServletLimitsAutoConfiguration;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

/** What a start makes of an application, and what only when it is needed. */
class StartTest {

    private static final AutoConfigurations OURS =
            AutoConfigurations.of(RateLimitAutoConfiguration.class, SwitchedOffAutoConfiguration.class);

    private final ApplicationContextRunner application = new ApplicationContextRunner().withConfiguration(OURS);

    static class Orders {

        @RateLimited(name = "orders", permits = 1, per = "1d")
        public void place() {}
    }

    private static List<String> made(ConfigurableApplicationContext context) {
        return Stream.of("memoryLimiterStore", "rateLimitRegistry", "rateLimitMethodPlans")
                .filter(context.getBeanFactory()::containsSingleton)
                .toList();
    }

    @Test
    void makes_no_limits_where_nobody_says_or_asks_for_any() {
        application.run(context -> {
            assertThat(made(context.getSourceApplicationContext())).isEmpty();
            assertThat(context.getBean(RateLimiterRegistry.class).names()).isEmpty();
        });
    }

    @Test
    void makes_them_where_a_method_is_limited_or_anything_is_configured() {
        application
                .withBean(Orders.class)
                .run(context ->
                        assertThat(made(context.getSourceApplicationContext())).hasSize(3));
        application
                .withPropertyValues("ratelimit.limits.orders.permits=1")
                .run(context -> assertThat(made(context.getSourceApplicationContext()))
                        .contains("memoryLimiterStore", "rateLimitRegistry"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ratelimit.limits.orders.permits=-1", "ratelimit.memory.max-keys=0", "ratelimit.store=none"})
    void is_stopped_by_what_cannot_be_although_nobody_asks_for_it(String property) {
        application
                .withPropertyValues(property)
                .run(context ->
                        assertThat(context.getStartupFailure()).rootCause().hasMessageStartingWith("ratelimit."));
    }

    @Test
    void is_stopped_by_several_stores_none_of_which_is_named() {
        ApplicationContextRunner stores = new ApplicationContextRunner()
                .withBean("near", MemoryLimiterStore.class, () -> new MemoryLimiterStore(TimeSource.system(), 5))
                .withBean("far", MemoryLimiterStore.class, () -> new MemoryLimiterStore(TimeSource.system(), 5));
        stores.withConfiguration(OURS)
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageContaining("there are several LimiterStore beans"));
        stores.run(parent -> application
                .withParent(parent)
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageContaining("there are several LimiterStore beans")));
    }

    @Test
    void of_a_child_shares_its_parents_limits() {
        application
                .withBean(Orders.class)
                .run(parent -> application
                        .withParent(parent)
                        .withBean("others", Orders.class)
                        .run(child -> {
                            child.getBean("others", Orders.class).place();
                            assertThatExceptionOfType(RateLimitExceededException.class)
                                    .isThrownBy(parent.getBean(Orders.class)::place);
                            assertThat(child.getBean(RateLimiterRegistry.class))
                                    .isSameAs(parent.getBean(RateLimiterRegistry.class));
                        }));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void leaves_room_for_the_registry_of_another_library(boolean enabled) {
        new WebApplicationContextRunner()
                .withConfiguration(OURS)
                .withConfiguration(AutoConfigurations.of(ServletLimitsAutoConfiguration.class))
                .withUserConfiguration(Mvc.class)
                .withBean("rateLimiterRegistry", Object.class, Object::new)
                .withPropertyValues("ratelimit.enabled=" + enabled)
                .run(context -> assertThat(context).hasNotFailed());
    }

    @EnableWebMvc
    static class Mvc {}

    @Test
    void registers_a_filter_behind_security_only_for_rules() {
        WebApplicationContextRunner web = new WebApplicationContextRunner()
                .withConfiguration(OURS)
                .withConfiguration(AutoConfigurations.of(ServletLimitsAutoConfiguration.class))
                .withBean(DispatcherServlet.class)
                .withUserConfiguration(Mvc.class);
        web.run(context -> assertThat(context.getBean("rateLimitRulesAfterSecurity", FilterRegistrationBean.class)
                        .isEnabled())
                .isFalse());
        web.withPropertyValues(
                        "ratelimit.limits.mine.permits=1",
                        "ratelimit.web.rules[0].paths=/mine",
                        "ratelimit.web.rules[0].limit=mine",
                        "ratelimit.web.rules[0].key=principal")
                .run(context -> assertThat(context.getBean("rateLimitRulesAfterSecurity", FilterRegistrationBean.class)
                                .isEnabled())
                        .isTrue());
    }

    /** Or a start would have to read their classes for them. */
    @Test
    void finds_the_conditions_of_all_our_configurations_written_down() throws IOException {
        Properties conditions = new Properties();
        try (InputStream file = RateLimitProperties.class
                .getClassLoader()
                .getResourceAsStream("META-INF/spring-autoconfigure-metadata.properties")) {
            conditions.load(file);
        }
        List<String> ours =
                ImportCandidates.load(AutoConfiguration.class, getClass().getClassLoader()).getCandidates().stream()
                        .filter(each -> each.startsWith("io.github.ratelimited."))
                        .toList();
        assertThat(ours).hasSizeGreaterThan(10).allMatch(conditions::containsKey);
    }
}
