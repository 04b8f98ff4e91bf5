package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.annotation.AliasFor;

/** Where the annotation may stand, and which methods it holds for. */
class AnnotationPlaceTest {

    @AutoClose
    private final Application application = new Application();

    @Nested
    class OnAType {

        @RateLimited(permits = 3, per = "1d")
        static class Reports {

            public void daily() {}

            public void weekly() {}

            @RateLimited(permits = 1, per = "1d")
            public void yearly() {}

            @Override
            public String toString() {
                return "reports";
            }
        }

        private final Reports reports = application.start(Reports.class).bean(Reports.class);

        @Test
        void isSharedByItsMethods() {
            assertThat(allowedOf(2, reports::daily)).isEqualTo(2);
            assertThat(allowedOf(9, reports::weekly)).isEqualTo(1);
            assertThat(allowedOf(9, reports::daily)).isZero();
        }

        @Test
        void isShownByTheNameOfTheType() {
            allowedOf(3, reports::daily);

            assertThat(catchThrowableOfType(RateLimitExceededException.class, reports::weekly))
                    .hasMessage("Rate limit 'Reports' exceeded: 3 per 1d; retry after 8h");
        }

        @Test
        void givesWayToTheMethodsOwn() {
            assertThat(allowedOf(9, reports::yearly)).isEqualTo(1);
            assertThat(allowedOf(9, reports::daily)).isEqualTo(3);
        }

        @Test
        void neverLimitsWhatEveryObjectHas() {
            for (int i = 0; i < 50; i++) {
                assertThat(reports.toString()).isEqualTo("reports");
                assertThat(reports.hashCode()).isEqualTo(reports.hashCode());
                assertThat(reports.equals(reports)).isTrue();
            }
            assertThat(allowedOf(9, reports::daily)).isEqualTo(3);
        }
    }

    @Nested
    class OnASuperclass {

        static class Vehicle {

            @RateLimited(permits = 2, per = "1d")
            public void start() {}

            @RateLimited(permits = 2, per = "1d")
            public void stop() {}
        }

        static class Car extends Vehicle {

            @Override
            public void stop() {}
        }

        abstract static class Hidden {

            @RateLimited(permits = 2, per = "1d")
            public void show() {}

            @RateLimited(permits = 2, per = "1d", key = "#id")
            public void show(String id) {}
        }

        public static class Visible extends Hidden {}

        @RateLimited(permits = 2, per = "1d")
        static class Ship {}

        static class Ferry extends Ship {

            public void cross() {}
        }

        static class Tanker extends Ship {

            public void load() {}
        }

        @RateLimited(permits = 3, per = "1d")
        static class Sailboat extends Ship {

            public void sail() {}
        }

        @Test
        void holdsForInheritedMethods() {
            Car car = application.start(Car.class).bean(Car.class);

            assertThat(allowedOf(9, car::start)).isEqualTo(2);
        }

        @Test
        void holdsForInheritedMethodsOfAHiddenClass() {
            Visible visible = application.start(Visible.class).bean(Visible.class);

            assertThat(allowedOf(9, visible::show)).isEqualTo(2);
            assertThat(allowedOf(9, () -> visible.show("ann"))).isEqualTo(2);
            assertThat(allowedOf(9, () -> visible.show("bob"))).isEqualTo(2);
        }

        @Test
        void holdsForOverriddenMethods() {
            Car car = application.start(Car.class).bean(Car.class);

            assertThat(allowedOf(9, car::stop)).isEqualTo(2);
        }

        @Test
        void holdsForTheMethodsOfSubclassesWhenItStandsOnTheType() {
            Ferry ferry = application.start(Ferry.class).bean(Ferry.class);

            assertThat(allowedOf(9, ferry::cross)).isEqualTo(2);
        }

        @Test
        void isSharedByAllSubclassesWhenItStandsOnTheType() {
            application.start(Ferry.class, Tanker.class);

            assertThat(allowedOf(1, application.bean(Ferry.class)::cross)).isEqualTo(1);
            assertThat(allowedOf(9, application.bean(Tanker.class)::load)).isEqualTo(1);
            assertThat(catchThrowableOfType(RateLimitExceededException.class, application.bean(Ferry.class)::cross)
                            .getLimitName())
                    .isEqualTo("Ship");
        }

        @Test
        void givesWayToThatOfTheSubclass() {
            application.start(Ferry.class, Sailboat.class);

            assertThat(allowedOf(9, application.bean(Sailboat.class)::sail)).isEqualTo(3);
            assertThat(allowedOf(9, application.bean(Ferry.class)::cross)).isEqualTo(2);
        }
    }

    @Nested
    class OnAnotherAnnotation {

        @Target(ElementType.METHOD)
        @Retention(RetentionPolicy.RUNTIME)
        @RateLimited(name = "partner", permits = 2, per = "1d")
        @interface PartnerQuota {}

        @Target({ElementType.METHOD, ElementType.TYPE})
        @Retention(RetentionPolicy.RUNTIME)
        @RateLimited(per = "1d")
        @interface Daily {

            @AliasFor(annotation = RateLimited.class, attribute = "permits")
            long value();

            @AliasFor(annotation = RateLimited.class)
            String key() default "";
        }

        @Target(ElementType.METHOD)
        @Retention(RetentionPolicy.RUNTIME)
        @RateLimited(permits = 2, per = "1s")
        @RateLimited(permits = 3, per = "1d")
        @interface Twice {}

        static class Client {

            @PartnerQuota
            public void get() {}

            @PartnerQuota
            public void put() {}

            @Daily(1)
            public void post() {}

            @Daily(value = 2, key = "#id")
            public void patch(String id) {}

            @Twice
            public void list() {}
        }

        @Daily(3)
        static class Batch {

            public void run() {}
        }

        private final Client client =
                application.start(Client.class, Batch.class).bean(Client.class);

        @Test
        void limitsWhatThatAnnotates() {
            assertThat(allowedOf(1, client::get)).isEqualTo(1);
            assertThat(allowedOf(9, client::put)).isEqualTo(1);
        }

        @Test
        void takesItsAttributesFromAliases() {
            assertThat(allowedOf(9, client::post)).isEqualTo(1);
            assertThat(allowedOf(9, () -> client.patch("a"))).isEqualTo(2);
            assertThat(allowedOf(9, () -> client.patch("b"))).isEqualTo(2);
        }

        @Test
        void limitsTypesToo() {
            assertThat(allowedOf(9, application.bean(Batch.class)::run)).isEqualTo(3);
        }

        @Test
        void mayStandThereSeveralTimes() {
            assertThat(allowedOf(9, client::list)).isEqualTo(2);
            application.advance(Duration.ofSeconds(1));
            assertThat(allowedOf(9, client::list)).isEqualTo(1);
        }
    }

    @Nested
    class TheProxy {

        interface Store {

            void save();
        }

        static class FileStore implements Store {

            @RateLimited(permits = 2, per = "1d")
            @Override
            public void save() {}
        }

        static class Plain {

            @RateLimited(permits = 2, per = "1d")
            public void save() {}
        }

        static class Free {

            public void save() {}
        }

        @Test
        void isOfTheInterfaceWhereThereIsOne() {
            Store store = application.start(FileStore.class).bean(Store.class);

            assertThat(AopUtils.isJdkDynamicProxy(store)).isTrue();
            assertThat(allowedOf(9, store::save)).isEqualTo(2);
        }

        @Test
        void isASubclassWhereThereIsNone() {
            Plain plain = application.start(Plain.class).bean(Plain.class);

            assertThat(AopUtils.isCglibProxy(plain)).isTrue();
            assertThat(allowedOf(9, plain::save)).isEqualTo(2);
        }

        @Test
        void isASubclassWhereTheApplicationWantsIt() {
            FileStore store =
                    application.proxyTargetClass().start(FileStore.class).bean(FileStore.class);

            assertThat(AopUtils.isCglibProxy(store)).isTrue();
            assertThat(allowedOf(1, store::save)).isEqualTo(1);
            assertThat(allowedOf(9, ((Store) store)::save)).isEqualTo(1);
        }

        @Test
        void isNotMadeForABeanWithoutLimits() {
            assertThat(application.start(Free.class).bean(Free.class).getClass())
                    .isEqualTo(Free.class);
        }
    }
}
