package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiterRegistry;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** {@code ${...}} in the texts of the annotation. */
class PlaceholderTest {

    public static class Orders {

        @RateLimited(
                name = "${orders.name}",
                permits = 5,
                per = "${orders.per}",
                key = "${orders.key}",
                cost = "${orders.cost}",
                condition = "${orders.condition}",
                plan = "${orders.plan}",
                maxWait = "${orders.max-wait}",
                fallback = "${orders.fallback}",
                store = "${orders.store}")
        public void place(String id) {}

        void refuse(String id) {}
    }

    private static final String[] PROPERTIES = {
        "orders.name=orders",
        "orders.per=1h",
        "orders.key=#id",
        "orders.cost=2",
        "orders.condition=true",
        "orders.plan=#id",
        "orders.max-wait=0s",
        "orders.fallback=refuse",
        "orders.store=memory",
        "ratelimit.limits.orders.plans.vip.permits=9",
    };

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
            .withBean(Orders.class);

    @Test
    void may_stand_in_all_of_them() {
        application
                .withPropertyValues(PROPERTIES)
                .run(context -> assertThat(context.getBean(RateLimiterRegistry.class)
                                .get("orders")
                                .limit())
                        .isEqualTo(Limit.of(5, Duration.ofHours(1))));
    }

    @ParameterizedTest
    @CsvSource({
        "name, name",
        "per, per",
        "key, key",
        "cost, cost",
        "condition, condition",
        "plan, plan",
        "maxWait, max-wait",
        "fallback, fallback",
        "store, store"
    })
    void stops_the_start_when_it_cannot_be_resolved(String attribute, String property) {
        String[] others = Arrays.stream(PROPERTIES)
                .filter(each -> !each.startsWith("orders." + property + "="))
                .toArray(String[]::new);
        String placeholder = "${orders." + property + "}";

        application
                .withPropertyValues(others)
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessage("@RateLimited on " + Orders.class.getName() + "#place: " + attribute + " = \""
                                + placeholder
                                + "\" cannot be resolved (Could not resolve placeholder 'orders." + property
                                + "' in value \""
                                + placeholder + "\"); define the property, or give a default: ${name:default}"));
    }
}
