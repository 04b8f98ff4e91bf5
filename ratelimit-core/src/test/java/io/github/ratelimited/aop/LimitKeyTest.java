package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which calls share permits, and which have permits of their own. */
class LimitKeyTest {

    record User(String id) {}

    public static class Customer {

        private final Long number;

        Customer(Long number) {
            this.number = number;
        }

        public Long getNumber() {
            return number;
        }

        public String region() {
            return number < 10 ? "north" : "south";
        }
    }

    static class Api {

        @RateLimited(permits = 2, per = "1d", key = "#id")
        public void byObject(Object id) {}

        @RateLimited(permits = 2, per = "1d", key = "#id")
        public void byText(@Nullable String id) {}

        @RateLimited(permits = 2, per = "1d", key = "#id")
        public void byNumber(long id) {}

        @RateLimited(permits = 2, per = "1d", key = "#id")
        public void byAnything(@Nullable Object id) {}

        @RateLimited(permits = 2, per = "1d", key = "#user.id")
        public void byRecord(User user) {}

        @RateLimited(permits = 2, per = "1d", key = "#user?.id")
        public void byRecordOrNobody(@Nullable User user) {}

        @RateLimited(permits = 2, per = "1d", key = "#customer.number")
        public void byBean(Customer customer) {}

        @RateLimited(permits = 2, per = "1d", key = "#customer.region()")
        public void byMethod(Customer customer) {}

        @RateLimited(permits = 2, per = "1d", key = "{#user.id, #tenant}")
        public void byBoth(User user, int tenant) {}

        @RateLimited(permits = 2, per = "1d", key = "#p1 + '/' + #a0")
        public void byPosition(String first, String second) {}
    }

    @AutoClose
    private final Application application = new Application();

    private Api api;

    @BeforeEach
    void start() {
        api = application.start(Api.class).bean(Api.class);
    }

    @Nested
    class EachValueOfTheKey {

        @Test
        void hasPermitsOfItsOwn() {
            assertThat(allowedOf(9, () -> api.byText("ann"))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byText("bob"))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byText("ann"))).isZero();
        }

        @Test
        void mayBeANumber() {
            assertThat(allowedOf(9, () -> api.byNumber(1))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byNumber(Long.MIN_VALUE))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byNumber(1))).isZero();
        }

        @Test
        void mayBeAnArrayOrACollectionOfEqualParts() {
            assertThat(allowedOf(9, () -> api.byAnything(new int[] {1, 2}))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byAnything(new int[] {1, 2}))).isZero();
            assertThat(allowedOf(9, () -> api.byAnything(new int[] {12}))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byAnything(List.of("a", "b")))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byAnything(new String[] {"a", "b"})))
                    .isZero();
            assertThat(allowedOf(9, () -> api.byAnything(Set.of("a")))).isEqualTo(2);
        }

        @Test
        void isNotMixedUpWithOneWhosePartsOnlyLookAlike() {
            assertThat(allowedOf(9, () -> api.byAnything(List.of("a|b")))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byAnything(List.of("a", "b")))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byAnything(List.of("a\\", "b")))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byAnything(List.of("a\\|b")))).isEqualTo(2);
        }

        @Test
        void isNotMixedUpWithAnotherLongOne() {
            String long1 = "x".repeat(5_000) + "1";
            String long2 = "x".repeat(5_000) + "2";

            assertThat(allowedOf(9, () -> api.byText(long1))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byText(long2))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byText(long1))).isZero();
        }

        @Test
        void isInNoMessage() {
            allowedOf(2, () -> api.byText("secret"));

            assertThat(catchThrowableOfType(RateLimitExceededException.class, () -> api.byText("secret")))
                    .hasMessage("Rate limit 'Api.byText' exceeded: 2 per 1d; retry after 12h");
        }
    }

    @Nested
    class CallersWithoutAKey {

        @ParameterizedTest
        @NullSource
        @ValueSource(strings = {"", " ", "\t\n"})
        void areLimitedTogether(@Nullable String blank) {
            assertThat(allowedOf(1, () -> api.byText("  "))).isEqualTo(1);
            assertThat(allowedOf(1, () -> api.byText(null))).isEqualTo(1);
            assertThat(allowedOf(9, () -> api.byText(blank))).isZero();
            assertThat(allowedOf(9, () -> api.byText("ann"))).isEqualTo(2);
        }

        @Test
        void maySafelyBeNobody() {
            assertThat(allowedOf(9, () -> api.byRecordOrNobody(null))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byRecordOrNobody(new User("")))).isZero();
            assertThat(allowedOf(9, () -> api.byRecordOrNobody(new User("ann"))))
                    .isEqualTo(2);
        }

        @Test
        void mayHaveAnEmptyList() {
            assertThat(allowedOf(9, () -> api.byAnything(List.of()))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byAnything(null))).isZero();
        }
    }

    @Nested
    class AKeyExpression {

        @Test
        void isNamedWhereItsKeyTellsNobodyApart() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> api.byObject(new Object()))
                    .withMessageStartingWith("@RateLimited on " + Api.class.getName()
                            + "#byObject, key = \"#id\": a key of class java.lang.Object tells nothing");
        }

        @Test
        void readsTheComponentOfARecord() {
            assertThat(allowedOf(9, () -> api.byRecord(new User("ann")))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byRecord(new User("ann")))).isZero();
            assertThat(allowedOf(9, () -> api.byRecord(new User("bob")))).isEqualTo(2);
        }

        @Test
        void readsThePropertyOfABean() {
            assertThat(allowedOf(9, () -> api.byBean(new Customer(1L)))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byBean(new Customer(1L)))).isZero();
            assertThat(allowedOf(9, () -> api.byBean(new Customer(2L)))).isEqualTo(2);
        }

        @Test
        void callsAMethodOfAnArgument() {
            assertThat(allowedOf(9, () -> api.byMethod(new Customer(1L)))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byMethod(new Customer(2L)))).isZero();
            assertThat(allowedOf(9, () -> api.byMethod(new Customer(20L)))).isEqualTo(2);
        }

        @Test
        void joinsSeveralArguments() {
            assertThat(allowedOf(9, () -> api.byBoth(new User("ann"), 1))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byBoth(new User("ann"), 2))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byBoth(new User("ann"), 1))).isZero();
        }

        @Test
        void namesArgumentsByPositionToo() {
            assertThat(allowedOf(9, () -> api.byPosition("a", "b"))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byPosition("b", "a"))).isEqualTo(2);
            assertThat(allowedOf(9, () -> api.byPosition("a", "b"))).isZero();
        }
    }
}
