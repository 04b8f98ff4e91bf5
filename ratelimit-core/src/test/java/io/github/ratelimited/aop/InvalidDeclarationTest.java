package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.RefusedStart.at;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.RateLimited;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** A declaration that cannot work stops the application at start and says where, what and how to mend it. */
class InvalidDeclarationTest {

    private static final String WRITE_A_DURATION =
            "; write for example \"500ms\", \"1s\", \"5m\", \"1h\", \"1d\" or \"1m30s\"";
    private static final String WRITE_A_LIMIT = "; write for example permits = 5, per = \"1s\"";

    @AutoClose
    private final Application application = new Application();

    @Nested
    class Permits {

        static class NegativePermits {
            @RateLimited(permits = -5)
            public void place() {}
        }

        static class Missing {
            @RateLimited(per = "1m")
            public void place() {}
        }

        static class Unknown {
            @RateLimited("chekout")
            public void place() {}
        }

        static class EndlessPermits {
            @RateLimited(permits = Long.MAX_VALUE)
            public void place() {}
        }

        static class Lowest {
            @RateLimited(permits = Long.MIN_VALUE)
            public void place() {}
        }

        @RateLimited(permits = -1)
        static class OnTheType {
            public void place() {}
        }

        @Test
        void mayNotBeNegative() {
            assertThat(refusalOf(NegativePermits.class))
                    .isEqualTo(at(NegativePermits.class) + "permits = -5 is not between 1 and 1000000000000"
                            + WRITE_A_LIMIT);
            assertThat(refusalOf(Lowest.class))
                    .isEqualTo(at(Lowest.class) + "permits = -9223372036854775808 is not between 1 and 1000000000000"
                            + WRITE_A_LIMIT);
        }

        @Test
        void mayNotBeMoreThanCanBeCounted() {
            assertThat(refusalOf(EndlessPermits.class))
                    .isEqualTo(at(EndlessPermits.class)
                            + "permits = 9223372036854775807 is not between 1 and 1000000000000" + WRITE_A_LIMIT);
        }

        @Test
        void areNeededWhereThereIsNoName() {
            assertThat(refusalOf(Missing.class))
                    .isEqualTo(at(Missing.class) + "it has neither permits nor a name; "
                            + "write for example permits = 5, or a name and ratelimit.limits.<name>.permits");
        }

        @Test
        void areNotFoundUnderANameThatNobodyConfigured() {
            application.limit("checkout", configured("checkout", 5, null, null));
            application.limit("cart", configured("cart", 5, null, null));

            assertThat(refusalOf(Unknown.class))
                    .isEqualTo(at(Unknown.class) + "there is no limit 'chekout' under ratelimit.limits, and the "
                            + "annotation has no permits; set ratelimit.limits.chekout.permits, or permits in the "
                            + "annotation; configured are [cart, checkout]");
        }

        @Test
        void areMissingWhereTheConfigurationHasTheNameOnly() {
            application.limit("chekout", configured("chekout", 0, "1m", null));

            assertThat(refusalOf(Unknown.class))
                    .isEqualTo(at(Unknown.class) + "neither the annotation nor ratelimit.limits.chekout says how many "
                            + "permits; set ratelimit.limits.chekout.permits, or permits in the annotation");
        }

        @Test
        void areLookedAtOnTypesToo() {
            assertThat(refusalOf(OnTheType.class))
                    .isEqualTo("@RateLimited on " + OnTheType.class.getName()
                            + ": permits = -1 is not between 1 and 1000000000000" + WRITE_A_LIMIT);
        }
    }

    @Nested
    class APeriod {

        static class PeriodOfNoDuration {
            @RateLimited(permits = 5, per = "1x")
            public void place() {}
        }

        static class Blank {
            @RateLimited(permits = 5, per = " ")
            public void place() {}
        }

        static class PeriodWithoutUnit {
            @RateLimited(permits = 5, per = "60")
            public void place() {}
        }

        static class Zero {
            @RateLimited(permits = 5, per = "0s")
            public void place() {}
        }

        static class NegativePeriod {
            @RateLimited(permits = 5, per = "-1s")
            public void place() {}
        }

        static class NegativeMillis {
            @RateLimited(permits = 5, per = "-500ms")
            public void place() {}
        }

        static class TooLong {
            @RateLimited(permits = 5, per = "106751991167300d")
            public void place() {}
        }

        @Test
        void mustBeADuration() {
            assertThat(refusalOf(PeriodOfNoDuration.class))
                    .isEqualTo(at(PeriodOfNoDuration.class) + "per = \"1x\" is not a duration" + WRITE_A_DURATION);
            assertThat(refusalOf(Blank.class))
                    .isEqualTo(at(Blank.class) + "per = \"\" is not a duration" + WRITE_A_DURATION);
        }

        @Test
        void mustHaveAUnit() {
            assertThat(refusalOf(PeriodWithoutUnit.class))
                    .isEqualTo(at(PeriodWithoutUnit.class) + "per = \"60\" has no unit" + WRITE_A_DURATION);
        }

        @Test
        void mustBeLongerThanZero() {
            String fix = "; write for example \"1s\"";
            assertThat(refusalOf(Zero.class)).isEqualTo(at(Zero.class) + "per = \"0s\" is not longer than zero" + fix);
            assertThat(refusalOf(NegativePeriod.class))
                    .isEqualTo(at(NegativePeriod.class) + "per = \"-1s\" is not longer than zero" + fix);
            assertThat(refusalOf(NegativeMillis.class))
                    .isEqualTo(at(NegativeMillis.class) + "per = \"-500ms\" is not longer than zero" + fix);
        }

        @Test
        void mayNotBeLongerThanCanBeCounted() {
            assertThat(refusalOf(TooLong.class))
                    .isEqualTo(at(TooLong.class) + "period = 106751991167300d is not longer than zero and at most "
                            + "3650d" + WRITE_A_LIMIT);
        }
    }

    @Nested
    class ABurst {

        static class OfAWindow {
            @RateLimited(permits = 5, burst = 9, algorithm = Algorithm.SLIDING_WINDOW)
            public void place() {}
        }

        static class NegativeBurst {
            @RateLimited(permits = 5, burst = -1)
            public void place() {}
        }

        static class EndlessBurst {
            @RateLimited(permits = 5, burst = Long.MAX_VALUE)
            public void place() {}
        }

        @Test
        void makesNoSenseWithAWindow() {
            assertThat(refusalOf(OfAWindow.class))
                    .isEqualTo(at(OfAWindow.class) + "burst = 9 makes no sense with SLIDING_WINDOW, which has no "
                            + "bucket; leave burst out, or use TOKEN_BUCKET");
        }

        @Test
        void mustBePositiveAndCountable() {
            assertThat(refusalOf(NegativeBurst.class))
                    .isEqualTo(
                            at(NegativeBurst.class) + "burst = -1 is not between 1 and 1000000000000" + WRITE_A_LIMIT);
            assertThat(refusalOf(EndlessBurst.class))
                    .isEqualTo(at(EndlessBurst.class) + "burst = 9223372036854775807 is not between 1 and 1000000000000"
                            + WRITE_A_LIMIT);
        }
    }

    @Nested
    class AWait {

        static class WaitOfNoDuration {
            @RateLimited(permits = 5, maxWait = "soon")
            public void place() {}
        }

        static class NegativeWait {
            @RateLimited(permits = 5, maxWait = "-2s")
            public void place() {}
        }

        static class WaitWithoutUnit {
            @RateLimited(permits = 5, maxWait = "2")
            public void place() {}
        }

        @Test
        void mustBeADuration() {
            assertThat(refusalOf(WaitOfNoDuration.class))
                    .isEqualTo(at(WaitOfNoDuration.class) + "maxWait = \"soon\" is not a duration" + WRITE_A_DURATION);
            assertThat(refusalOf(WaitWithoutUnit.class))
                    .isEqualTo(at(WaitWithoutUnit.class) + "maxWait = \"2\" has no unit" + WRITE_A_DURATION);
        }

        @Test
        void mayNotBeNegative() {
            assertThat(refusalOf(NegativeWait.class))
                    .isEqualTo(at(NegativeWait.class) + "maxWait = \"-2s\" is negative; write 0s to not wait at all");
        }
    }

    @Nested
    class APlaceholder {

        static class Unresolvable {
            @RateLimited(permits = 5, per = "${orders.period}")
            public void place() {}
        }

        static class ResolvedToNonsense {
            @RateLimited(permits = 5, per = "${orders.period}")
            public void place() {}
        }

        @Test
        void mustBeDefined() {
            assertThat(refusalOf(Unresolvable.class))
                    .isEqualTo(at(Unresolvable.class) + "per = \"${orders.period}\" cannot be resolved (Could not "
                            + "resolve placeholder 'orders.period' in value \"${orders.period}\"); define the "
                            + "property, or give a default: ${name:default}");
        }

        @Test
        void mustMakeSenseOnceItIsResolved() {
            application.property("orders.period", "later");

            assertThat(refusalOf(ResolvedToNonsense.class))
                    .isEqualTo(at(ResolvedToNonsense.class) + "per = \"later\" is not a duration" + WRITE_A_DURATION);
        }
    }

    @Nested
    class TheConfiguration {

        static class Shop {
            @RateLimited("checkout")
            public void place() {}
        }

        static class WrongItself {
            @RateLimited(name = "checkout", per = "1x", maxWait = "soon")
            public void place() {}
        }

        @Test
        void isNotBlamedForAMistakeOfTheAnnotation() {
            application.limit("checkout", configured("checkout", 5, null, null));

            assertThat(refusalOf(WrongItself.class))
                    .isEqualTo(at(WrongItself.class) + "per = \"1x\" is not a duration" + WRITE_A_DURATION);
        }

        @Test
        void doesNotHideAMistakeOfTheAnnotation() {
            application.limit("checkout", configured("checkout", 5, "1s", null));

            assertThat(refusalOf(WrongItself.class))
                    .isEqualTo(at(WrongItself.class) + "per = \"1x\" is not a duration" + WRITE_A_DURATION);
        }

        @Test
        void isNamedWhereItsPeriodIsZero() {
            application.limit("checkout", configured("checkout", 5, "0s", null));

            assertThat(refusalOf(Shop.class))
                    .isEqualTo("ratelimit.limits.checkout: per = \"0s\" is not longer than zero; "
                            + "write for example \"1s\"");
        }

        @Test
        void isNamedWhereItIsWrong() {
            application.limit("checkout", configured("checkout", 5, "1x", null));

            assertThat(refusalOf(Shop.class))
                    .isEqualTo("ratelimit.limits.checkout: per = \"1x\" is not a duration" + WRITE_A_DURATION);
        }

        @Test
        void isNamedWhereItsWaitIsWrong() {
            application.limit("checkout", configured("checkout", 5, null, "-1s"));

            assertThat(refusalOf(Shop.class))
                    .isEqualTo(
                            "ratelimit.limits.checkout: max-wait = \"-1s\" is negative; write 0s to not wait at all");
        }
    }

    @Nested
    class OneName {

        static class Orders {
            @RateLimited(name = "shop", permits = 5, per = "1m")
            public void place() {}
        }

        static class Payments {
            @RateLimited(name = "shop", permits = 9, per = "1m")
            public void place() {}
        }

        static class Windows {
            @RateLimited(name = "shop", permits = 5, per = "1m", algorithm = Algorithm.FIXED_WINDOW)
            public void place() {}
        }

        @Test
        void mayNotHaveTwoSetsOfNumbers() {
            assertThat(refusalOf(Orders.class, Payments.class))
                    .isEqualTo(at(Payments.class) + "'shop' is 9 per 1m (TOKEN_BUCKET) here, but 5 per 1m "
                            + "(TOKEN_BUCKET) at @RateLimited on " + Orders.class.getName() + "#place; give both the "
                            + "same numbers or different names, or put the numbers of 'shop' into "
                            + "ratelimit.limits.shop");
        }

        @Test
        void mayNotBeCountedInTwoWays() {
            assertThat(refusalOf(Orders.class, Windows.class))
                    .isEqualTo(at(Windows.class) + "'shop' is 5 per 1m (FIXED_WINDOW) here, but 5 per 1m "
                            + "(TOKEN_BUCKET) at @RateLimited on " + Orders.class.getName() + "#place; give both the "
                            + "same numbers or different names, or put the numbers of 'shop' into "
                            + "ratelimit.limits.shop");
        }

        @Test
        void isSettledByTheConfiguration() {
            application.limit(
                    "shop", new LimitSettings("ratelimit.limits.shop", 7, "1m", 7, Algorithm.TOKEN_BUCKET, null, null));

            application.start(Orders.class, Payments.class, Windows.class);

            assertThat(application.registry().get("shop").limit().permits()).isEqualTo(7);
        }
    }

    private static LimitSettings configured(String name, long permits, @Nullable String per, @Nullable String maxWait) {
        return new LimitSettings("ratelimit.limits." + name, permits, per, 0, null, null, maxWait);
    }

    private String refusalOf(Class<?>... beans) {
        return RefusedStart.refusalOf(application, beans);
    }
}
