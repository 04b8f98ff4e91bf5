package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static io.github.ratelimited.aop.RefusedStart.at;
import static io.github.ratelimited.aop.RefusedStart.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimited;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The store in which a limit is counted. */
class StoreTest {

    @Configuration(proxyBeanMethods = false)
    static class Stores {

        @Bean
        MemoryLimiterStore near(TimeSource time) {
            return new MemoryLimiterStore(time, 100);
        }

        @Bean
        MemoryLimiterStore far(TimeSource time) {
            return new MemoryLimiterStore(time, 100);
        }
    }

    static class Orders {

        @RateLimited(name = "place", permits = 2, per = "1d", key = "#id", store = "near")
        public void place(String id) {}

        @RateLimited(permits = 2, per = "1d", key = "#id", store = "${orders.store}")
        public void cancel(String id) {}

        @RateLimited(permits = 2, per = "1d", key = "#id")
        public void find(String id) {}

        @RateLimited(permits = 2, per = "1d", key = "#id", store = "far")
        @RateLimited(permits = 9, per = "7d", key = "#id", store = "far")
        public void pay(String id) {}

        @RateLimited(name = "list", key = "#id", plan = "#plan", store = "far")
        public void list(String id, String plan) {}
    }

    @AutoClose
    private final Application application = new Application();

    @Nested
    class ALimit {

        private final Orders orders = application
                .property("orders.store", "far")
                .plans("list", 1, Map.of("premium", 3L))
                .start(Stores.class, Orders.class)
                .bean(Orders.class);

        @Test
        void isCountedInTheStoreThatItNames() {
            assertThat(allowedOf(9, () -> orders.place("ann"))).isEqualTo(2);

            assertThat(keys("near")).isEqualTo(1);
            assertThat(keys("far")).isZero();
            assertThat(defaultKeys()).isZero();
        }

        @Test
        void mayHaveItsStoreFromAProperty() {
            assertThat(allowedOf(9, () -> orders.cancel("ann"))).isEqualTo(2);

            assertThat(keys("far")).isEqualTo(1);
            assertThat(keys("near")).isZero();
        }

        @Test
        void isCountedInTheApplicationsStoreIfItNamesNone() {
            assertThat(allowedOf(9, () -> orders.find("ann"))).isEqualTo(2);

            assertThat(defaultKeys()).isEqualTo(1);
            assertThat(keys("near")).isZero();
            assertThat(keys("far")).isZero();
        }

        @Test
        void mayHaveOthersBesideItInTheSameStore() {
            assertThat(allowedOf(9, () -> orders.pay("ann"))).isEqualTo(2);

            assertThat(keys("far")).isEqualTo(2);
        }

        @Test
        void hasItsPlansInTheSameStore() {
            assertThat(allowedOf(9, () -> orders.list("ann", "premium"))).isEqualTo(3);
            assertThat(allowedOf(9, () -> orders.list("ann", "none"))).isEqualTo(1);

            assertThat(keys("far")).isEqualTo(2);
            assertThat(defaultKeys()).isZero();
        }

        @Test
        void isInTheRegistryWithItsStore() {
            application.registry().get("place").forKey("ann").tryAcquire();

            assertThat(keys("near")).isEqualTo(1);
            assertThat(allowedOf(9, () -> orders.place("ann"))).isEqualTo(1);
        }

        private long keys(String store) {
            return ((MemoryLimiterStore) application.bean(store, LimiterStore.class)).keys();
        }

        private long defaultKeys() {
            return ((MemoryLimiterStore) application.bean(Admission.class).store()).keys();
        }
    }

    @Nested
    class ThatIsWrong {

        static class Unknown {
            @RateLimited(permits = 5, store = "nera")
            public void place() {}
        }

        static class TwoStores {
            @RateLimited(permits = 5, store = "near")
            @RateLimited(permits = 9, per = "1m", store = "far")
            public void place() {}
        }

        static class NamedAndNot {
            @RateLimited(permits = 5, store = "near")
            @RateLimited(permits = 9, per = "1m")
            public void place() {}
        }

        static class Near {
            @RateLimited(name = "shop", permits = 5, store = "near")
            public void place() {}
        }

        static class Far {
            @RateLimited(name = "shop", permits = 5, store = "far")
            public void place() {}
        }

        @Test
        void stopsTheStartWhenItIsUnknown() {
            assertThat(refusalOf(application, Stores.class, Unknown.class))
                    .isEqualTo(at(Unknown.class) + "there is no store 'nera'; name one of [far, near]");
        }

        @Test
        void stopsTheStartWhenTheLimitsOfAMethodDoNotShareIt() {
            String message = "its limits are counted in different stores, which cannot decide together; "
                    + "give them the same store";
            assertThat(refusalOf(application, Stores.class, TwoStores.class)).isEqualTo(at(TwoStores.class) + message);
            assertThat(refusalOf(application, Stores.class, NamedAndNot.class))
                    .isEqualTo(at(NamedAndNot.class) + message);
        }

        @Test
        void stopsTheStartWhenOneNameIsCountedInTwo() {
            assertThat(refusalOf(application, Stores.class, Near.class, Far.class))
                    .isEqualTo(at(Far.class) + "'shop' is counted in another store here than at @RateLimited on "
                            + Near.class.getName() + "#place; give both the same store or different names");
        }
    }
}
