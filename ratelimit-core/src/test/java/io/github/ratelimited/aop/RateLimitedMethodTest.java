package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Scope;

/** What a call of an annotated method meets. */
class RateLimitedMethodTest {

    @AutoClose
    private final Application application = new Application();

    @Nested
    class ACallOverTheLimit {

        static class Orders {

            int placed;

            @RateLimited(permits = 2, per = "10s")
            public int place(int order) {
                placed++;
                return order;
            }

            @RateLimited(permits = 1, per = "10s", burst = 3)
            public void burst() {}

            @RateLimited(permits = 2, per = "10s", algorithm = Algorithm.FIXED_WINDOW)
            public void window() {}

            @RateLimited(permits = 2, per = "10s", algorithm = Algorithm.SLIDING_WINDOW)
            public void log() {}

            @RateLimited(permits = 1)
            public void everySecond() {}

            public int placed() {
                return placed;
            }

            public void free() {}
        }

        private final Orders orders = application.start(Orders.class).bean(Orders.class);

        @Test
        void isDeniedWithoutReachingTheMethod() {
            assertThat(allowedOf(5, () -> orders.place(1))).isEqualTo(2);
            assertThat(orders.placed()).isEqualTo(2);
        }

        @Test
        void isToldTheLimitTheRateAndWhenToComeBack() {
            allowedOf(2, () -> orders.place(1));

            RateLimitExceededException denied = deniedPlacing();

            assertThat(denied).hasMessage("Rate limit 'Orders.place' exceeded: 2 per 10s; retry after 5s");
            assertThat(denied.getLimitName()).isEqualTo("Orders.place");
            assertThat(denied.getRetryAfter()).isEqualTo(Duration.ofSeconds(5));
            assertThat(denied.getDecision().reason()).isEqualTo(Reason.OVER_LIMIT);
            assertThat(denied.getDecision().limit()).isEqualTo(Limit.of(2, Duration.ofSeconds(10)));
        }

        @Test
        void costsNoPermitAndNoStackTrace() {
            allowedOf(2, () -> orders.place(1));

            assertThat(deniedPlacing().getRetryAfter())
                    .isEqualTo(deniedPlacing().getRetryAfter());
            assertThat(deniedPlacing().getStackTrace()).isEmpty();
        }

        @Test
        void isLetInAgainAtItsRetryAfterAndNotBefore() {
            allowedOf(2, () -> orders.place(1));
            Duration retryAfter = deniedPlacing().getRetryAfter();

            application.advance(retryAfter.minusNanos(1));
            assertThat(allowedOf(1, () -> orders.place(1))).isZero();
            application.advance(Duration.ofNanos(1));
            assertThat(allowedOf(2, () -> orders.place(1))).isEqualTo(1);
        }

        @Test
        void isWhatComesAfterTheBurst() {
            assertThat(allowedOf(9, orders::burst)).isEqualTo(3);
            application.advance(Duration.ofSeconds(10));
            assertThat(allowedOf(9, orders::burst)).isEqualTo(1);
        }

        @Test
        void isCountedByTheAlgorithmThatTheAnnotationNames() {
            application.advance(Duration.ofSeconds(8));
            assertThat(allowedOf(3, orders::window)).isEqualTo(2);
            assertThat(allowedOf(3, orders::log)).isEqualTo(2);

            application.advance(Duration.ofSeconds(2));
            assertThat(allowedOf(3, orders::window)).as("the window has turned").isEqualTo(2);
            assertThat(allowedOf(3, orders::log)).as("10 s are not over").isZero();
        }

        @Test
        void hasASecondToPassUnlessThePeriodIsGiven() {
            assertThat(allowedOf(2, orders::everySecond)).isEqualTo(1);
            application.advance(Duration.ofSeconds(1));
            assertThat(allowedOf(2, orders::everySecond)).isEqualTo(1);
        }

        @Test
        void isNeverACallOfAMethodWithoutAnnotation() {
            assertThat(allowedOf(100, orders::free)).isEqualTo(100);
        }

        @Test
        void leavesAnAllowedCallItsArgumentsAndItsResult() {
            assertThat(orders.place(17)).isEqualTo(17);
        }

        private RateLimitExceededException deniedPlacing() {
            return catchThrowableOfType(RateLimitExceededException.class, () -> orders.place(1));
        }
    }

    @Nested
    class ALimitWithoutAName {

        static class Overloads {

            @RateLimited(permits = 1, per = "1d")
            public void place() {}

            @RateLimited(permits = 1, per = "1d")
            public void place(int order) {}

            @RateLimited(permits = 1, per = "1d")
            public void place(Integer order) {}

            @RateLimited(permits = 1, per = "1d")
            public void place(int[] orders) {}
        }

        static class Old {

            static class Shop {

                @RateLimited(permits = 1, per = "1d")
                public void open() {}
            }
        }

        static class New {

            static class Shop {

                @RateLimited(permits = 1, per = "1d")
                public void open() {}
            }
        }

        @Test
        void isNotSharedByOverloads() {
            Overloads orders = application.start(Overloads.class).bean(Overloads.class);

            assertThat(allowedOf(2, orders::place)).isEqualTo(1);
            assertThat(allowedOf(2, () -> orders.place(1))).isEqualTo(1);
            assertThat(allowedOf(2, () -> orders.place(Integer.valueOf(1)))).isEqualTo(1);
            assertThat(allowedOf(2, () -> orders.place(new int[] {1}))).isEqualTo(1);
        }

        @Test
        void isNotSharedByMethodsOfOneNameInDifferentClassesOfOneName() {
            application.start(Old.Shop.class, New.Shop.class);

            assertThat(allowedOf(2, application.bean(Old.Shop.class)::open)).isEqualTo(1);
            assertThat(allowedOf(2, application.bean(New.Shop.class)::open)).isEqualTo(1);
        }
    }

    @Nested
    class ALimitWithAName {

        static class Sales {

            @RateLimited(name = "shop", permits = 3, per = "1d")
            public void place() {}
        }

        static class Payments {

            @RateLimited(value = "shop", permits = 3, per = "1d")
            public void pay() {}

            @RateLimited(value = "other", permits = 3, per = "1d")
            public void refund() {}
        }

        private final Sales sales =
                application.start(Sales.class, Payments.class).bean(Sales.class);
        private final Payments payments = application.bean(Payments.class);

        @Test
        void isSharedByAllWhoGiveIt() {
            assertThat(allowedOf(2, sales::place)).isEqualTo(2);
            assertThat(allowedOf(9, payments::pay)).isEqualTo(1);
            assertThat(allowedOf(9, sales::place)).isZero();
            assertThat(allowedOf(9, payments::refund)).isEqualTo(3);
        }

        @Test
        void isTheLimiterOfTheRegistry() {
            assertThat(application.registry().names()).containsExactly("other", "shop");
            assertThat(application.registry().get("shop").tryAcquire(3)).isTrue();
            assertThat(allowedOf(9, sales::place)).isZero();
            application.registry().get("shop").reset();
            assertThat(allowedOf(9, payments::pay)).isEqualTo(3);
        }

        @Test
        void takesOtherNumbersWhileItRuns() {
            assertThat(allowedOf(9, sales::place)).isEqualTo(3);

            application.registry().replace("shop", Limit.of(5, Duration.ofSeconds(1)));

            assertThat(allowedOf(9, sales::place))
                    .as("what is taken stays taken")
                    .isZero();
            application.advance(Duration.ofSeconds(1));
            assertThat(allowedOf(9, sales::place)).isEqualTo(5);
            assertThat(catchThrowableOfType(RateLimitExceededException.class, payments::pay))
                    .hasMessage("Rate limit 'shop' exceeded: 5 per 1s; retry after 200ms");
        }
    }

    @Nested
    class SeveralLimitsOfOneMethod {

        static class Purchases {

            @RateLimited(permits = 2, per = "1s")
            @RateLimited(permits = 3, per = "1h")
            public void place() {}

            @RateLimited(name = "wide", permits = 9, per = "1h")
            @RateLimited(name = "narrow", permits = 1, per = "1h")
            public void both() {}

            @RateLimited(name = "wide", permits = 9, per = "1h")
            public void wide() {}

            @RateLimited(name = "user", permits = 1, per = "1h", key = "#user")
            @RateLimited(name = "all", permits = 3, per = "1h")
            public void keyed(String user) {}
        }

        private final Purchases purchases = application.start(Purchases.class).bean(Purchases.class);

        @Test
        void allHold() {
            assertThat(allowedOf(9, purchases::place)).isEqualTo(2);
            application.advance(Duration.ofSeconds(1));
            assertThat(allowedOf(9, purchases::place)).isEqualTo(1);
            application.advance(Duration.ofSeconds(1));
            assertThat(allowedOf(9, purchases::place)).isZero();
        }

        @Test
        void areToldApartByTheirNumber() {
            allowedOf(9, purchases::place);
            assertThat(denied(purchases::place)).isEqualTo("Purchases.place");

            application.advance(Duration.ofSeconds(1));
            allowedOf(9, purchases::place);
            application.advance(Duration.ofSeconds(2));
            assertThat(denied(purchases::place)).isEqualTo("Purchases.place#2");
        }

        @Test
        void areTakenAllOrNone() {
            assertThat(allowedOf(50, purchases::both)).isEqualTo(1);
            assertThat(allowedOf(50, purchases::wide))
                    .as("49 denials took nothing")
                    .isEqualTo(8);
        }

        @Test
        void haveTheirOwnKeys() {
            assertThat(allowedOf(2, () -> purchases.keyed("ann"))).isEqualTo(1);
            assertThat(allowedOf(2, () -> purchases.keyed("bob"))).isEqualTo(1);
            assertThat(allowedOf(2, () -> purchases.keyed("cid"))).isEqualTo(1);
            assertThat(allowedOf(2, () -> purchases.keyed("dan"))).isZero();
        }

        private String denied(Runnable call) {
            return catchThrowableOfType(RateLimitExceededException.class, call::run)
                    .getLimitName();
        }
    }

    @Nested
    class AnObjectOfManyOfItsClass {

        @Scope("prototype")
        static class Session {

            @RateLimited(permits = 2, per = "1d")
            public void use() {}
        }

        @Test
        void sharesTheLimitWithTheOthers() {
            application.start(Session.class);

            assertThat(allowedOf(9, application.bean(Session.class)::use)).isEqualTo(2);
            assertThat(allowedOf(9, application.bean(Session.class)::use)).isZero();
        }

        @Test
        void leavesNothingBehindInTheRegistry() {
            application.start(Session.class);
            application.bean(Session.class).use();
            int known = application.registry().names().size();

            for (int i = 0; i < 20; i++) {
                application.bean(Session.class);
            }

            assertThat(application.registry().names()).hasSize(known);
        }
    }
}
