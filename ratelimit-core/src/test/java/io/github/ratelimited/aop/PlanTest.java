package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static io.github.ratelimited.aop.RefusedStart.at;
import static io.github.ratelimited.aop.RefusedStart.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers of one limit who have other numbers, by their plan. */
class PlanTest {

    enum Tier {
        TRIAL,
        PREMIUM
    }

    static class Api {

        @RateLimited(name = "api", plan = "#plan")
        public void get(@Nullable Object plan) {}

        @RateLimited(name = "api", plan = "#plan")
        public void put(@Nullable Object plan) {}

        @RateLimited("api")
        public void anyone() {}

        @RateLimited(name = "users", key = "#user", plan = "#plan")
        public void of(String user, @Nullable String plan) {}
    }

    @AutoClose
    private final Application application = new Application();

    @Nested
    class ACaller {

        private Api api;

        @BeforeEach
        void start() {
            api = application
                    .plans("api", 2, Map.of("premium", 5L, "trial", 1L, "PREMIUM", 4L, "7", 7L, "", 9L))
                    .plans("users", 2, Map.of("premium", 5L))
                    .start(Api.class)
                    .bean(Api.class);
        }

        @Test
        void hasTheNumbersOfItsPlan() {
            assertThat(allowedOf(9, () -> api.get("premium"))).isEqualTo(5);
            assertThat(allowedOf(9, () -> api.get("trial"))).isEqualTo(1);
        }

        @ParameterizedTest
        @NullSource
        @ValueSource(strings = {"nosuch", "Premium", " premium", "api"})
        void hasTheLimitItselfIfItsPlanIsUnknown(@Nullable String plan) {
            assertThat(allowedOf(9, () -> api.get(plan))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.get(null))).isZero();
            assertThat(allowedOf(9, () -> api.get("anything"))).isZero();
            assertThat(allowedOf(9, api::anyone)).isZero();
            assertThat(allowedOf(9, () -> api.get("premium"))).isEqualTo(5);
        }

        @Test
        void mayHaveAPlanThatIsNoText() {
            assertThat(allowedOf(9, () -> api.get(Tier.PREMIUM))).isEqualTo(4);
            assertThat(allowedOf(9, () -> api.get(7L))).isEqualTo(7);
        }

        @Test
        void sharesThePermitsOfThePlanWithAllMethodsOfTheLimit() {
            assertThat(allowedOf(3, () -> api.get("premium"))).isEqualTo(3);
            assertThat(allowedOf(9, () -> api.put("premium"))).isEqualTo(2);
        }

        @Test
        void hasPermitsByItsKeyInEachPlan() {
            assertThat(allowedOf(9, () -> api.of("ann", "premium"))).isEqualTo(5);
            assertThat(allowedOf(9, () -> api.of("bob", "premium"))).isEqualTo(5);
            assertThat(allowedOf(9, () -> api.of("ann", null))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.of("ann", "premium"))).isZero();
        }

        @Test
        void isToldTheNameOfTheLimitAndTheNumbersOfThePlan() {
            allowedOf(5, () -> api.get("premium"));

            RateLimitExceededException denied =
                    catchThrowableOfType(RateLimitExceededException.class, () -> api.get("premium"));
            assertThat(denied.getLimitName()).isEqualTo("api");
            assertThat(denied).hasMessage("Rate limit 'api' exceeded: 5 per 1d; retry after 4h48m");
        }
    }

    @Nested
    class APlan {

        private static final String PLACE = "ratelimit.limits.api";

        @Test
        void leavesTheLimitWhatItDoesNotChange() {
            LimitSettings hourly = new LimitSettings(PLACE + ".plans.hourly", 0, "1h", 0, null, null, null);
            LimitSettings more = new LimitSettings(PLACE + ".plans.more", 9, null, 0, null, null, null);
            application.limit(
                    "api",
                    new LimitSettings(
                            PLACE,
                            2,
                            "1m",
                            0,
                            Algorithm.FIXED_WINDOW,
                            null,
                            null,
                            Map.of("hourly", hourly, "more", more)));
            application.plans("users", 1, Map.of("any", 1L)).start(Api.class);

            assertThat(application.registry().get("api[hourly]").limit())
                    .isEqualTo(Limit.of(2, Duration.ofHours(1)).withAlgorithm(Algorithm.FIXED_WINDOW));
            assertThat(application.registry().get("api[more]").limit())
                    .isEqualTo(Limit.of(9, Duration.ofMinutes(1)).withAlgorithm(Algorithm.FIXED_WINDOW));
        }

        @Test
        void canBeChangedWhileItIsInUse() {
            Api api = application
                    .plans("api", 2, Map.of("premium", 5L))
                    .plans("users", 1, Map.of("any", 1L))
                    .start(Api.class)
                    .bean(Api.class);

            application.registry().replace("api[premium]", Limit.of(8, Duration.ofDays(1)));

            assertThat(allowedOf(9, () -> api.get("premium"))).isEqualTo(8);
            assertThat(allowedOf(9, () -> api.get(null))).isEqualTo(2);
        }
    }

    @Nested
    class ThatIsWrong {

        static class WithoutAName {
            @RateLimited(permits = 5, plan = "#plan")
            public void place(String plan) {}
        }

        static class WithoutPlans {
            @RateLimited(name = "orders", permits = 5, plan = "#plan")
            public void place(String plan) {}
        }

        static class UnknownArgument {
            @RateLimited(name = "orders", permits = 5, plan = "#plan")
            public void place(String user) {}
        }

        @Test
        void stopsTheStartWhenThereAreNoPlans() {
            assertThat(refusalOf(application, WithoutPlans.class))
                    .isEqualTo(at(WithoutPlans.class) + "plan = \"#plan\", but there are no plans; "
                            + "declare them under ratelimit.limits.orders.plans, or add a LimitResolver bean");
            application.limit(
                    "orders", new LimitSettings("ratelimit.limits.orders", 5, null, 0, null, null, null, Map.of()));
            assertThat(refusalOf(application, WithoutPlans.class))
                    .isEqualTo(at(WithoutPlans.class) + "plan = \"#plan\", but there are no plans; "
                            + "declare them under ratelimit.limits.orders.plans, or add a LimitResolver bean");
        }

        @Test
        void stopsTheStartWhenTheLimitHasNoName() {
            assertThat(refusalOf(application, WithoutAName.class))
                    .isEqualTo(at(WithoutAName.class) + "plan = \"#plan\", but there are no plans; "
                            + "give the limit a name, and the plans under ratelimit.limits.<name>.plans");
        }

        @Test
        void stopsTheStartWhenItRefersToNoArgument() {
            application.plans("orders", 5, Map.of("premium", 9L));

            assertThat(refusalOf(application, UnknownArgument.class))
                    .isEqualTo(at(UnknownArgument.class) + "plan = \"#plan\" refers to #plan, which is no parameter of "
                            + "[java.lang.String user]; known are [#user, #p0, #a0, #method]");
        }

        @Test
        void stopsTheStartNamingThePlanWhoseNumbersAreWrong() {
            application.plans("orders", 5, Map.of("premium", -9L));

            assertThat(refusalOf(application, WithoutPlans.class))
                    .isEqualTo("ratelimit.limits.orders.plans.premium: permits = -9 is not between 1 and "
                            + "1000000000000; write for example permits = 5, per = \"1s\"");
        }
    }
}
