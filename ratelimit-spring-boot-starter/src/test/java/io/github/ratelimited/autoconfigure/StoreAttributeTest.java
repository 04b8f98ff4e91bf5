package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** {@code store} names a {@link LimiterStore} bean, or {@code memory}. */
class StoreAttributeTest {

    public static class Orders {

        @RateLimited(permits = 2, per = "1d", key = "#id", store = "far")
        public void place(String id) {}

        @RateLimited(permits = 2, per = "1d", key = "#id", store = "memory")
        public void cancel(String id) {}

        @RateLimited(permits = 2, per = "1d", key = "#id", store = "${orders.store:}")
        public void find(String id) {}
    }

    private final MutableTimeSource time = new MutableTimeSource();
    private final MemoryLimiterStore memory = new MemoryLimiterStore(time, 10);
    private final MemoryLimiterStore near = new MemoryLimiterStore(time, 10);
    private final MemoryLimiterStore far = new MemoryLimiterStore(time, 10);

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
            .withBean(TimeSource.class, () -> time)
            .withBean("memoryLimiterStore", MemoryLimiterStore.class, () -> memory)
            .withBean("near", LimiterStore.class, () -> near)
            .withBean("far", LimiterStore.class, () -> far)
            .withBean(Orders.class)
            .withPropertyValues("ratelimit.store=near");

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

    @Test
    void picks_the_store_in_which_a_limit_is_counted() {
        application.run(context -> {
            Orders orders = context.getBean(Orders.class);

            assertThat(allowed(() -> orders.place("a"))).isEqualTo(2);
            assertThat(far.keys()).isEqualTo(1);
            assertThat(allowed(() -> orders.cancel("a"))).isEqualTo(2);
            assertThat(memory.keys()).isEqualTo(1);
            assertThat(near.keys()).isZero();
        });
    }

    @Test
    void is_the_applications_store_where_it_says_nothing() {
        application.run(context -> {
            Orders orders = context.getBean(Orders.class);

            assertThat(allowed(() -> orders.find("a"))).isEqualTo(2);
            assertThat(near.keys()).isEqualTo(1);
            assertThat(far.keys()).isZero();
        });
    }

    @Test
    void may_come_from_a_property() {
        application.withPropertyValues("orders.store=far").run(context -> {
            Orders orders = context.getBean(Orders.class);

            assertThat(allowed(() -> orders.find("a"))).isEqualTo(2);
            assertThat(far.keys()).isEqualTo(1);
        });
    }

    @Test
    void stops_the_start_when_there_is_no_such_store() {
        application
                .withPropertyValues("orders.store=redis")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessage("@RateLimited on " + Orders.class.getName()
                                + "#find: there is no store 'redis'; name one of [far, memory, near]"
                                + ", or set anything under ratelimit.redis to have that one too"));
    }
}
