package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static io.github.ratelimited.aop.RefusedStart.at;
import static io.github.ratelimited.aop.RefusedStart.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import java.math.BigInteger;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** How many permits a call takes. */
class CostTest {

    static class Mail {

        @RateLimited(permits = 10, per = "1d", cost = "3")
        public void letter() {}

        @RateLimited(permits = 10, per = "1d", cost = "#receivers.size()")
        public void all(List<String> receivers) {}

        @RateLimited(permits = 10, per = "1d", cost = "#stamps")
        public void stamped(@Nullable Object stamps) {}

        @RateLimited(permits = 10, per = "1d", cost = "${mail.cost}")
        public void configured() {}

        @RateLimited(permits = 10, per = "1d", key = "#sender", cost = "#stamps")
        public void from(String sender, int stamps) {}

        @RateLimited(name = "letters", permits = 4, per = "1d")
        @RateLimited(name = "stamps", permits = 10, per = "1d", cost = "#stamps")
        public void counted(int stamps) {}
    }

    @AutoClose
    private final Application application = new Application();

    @Nested
    class OfACall {

        private Mail mail;

        @BeforeEach
        void start() {
            mail = application.property("mail.cost", "5").start(Mail.class).bean(Mail.class);
        }

        @Test
        void mayBeANumber() {
            assertThat(allowedOf(9, mail::letter)).isEqualTo(3);
        }

        @Test
        void mayBeAnExpressionOverTheCall() {
            assertThat(allowedOf(1, () -> mail.all(names(8)))).isEqualTo(1);
            assertThat(allowedOf(9, () -> mail.all(names(1)))).isEqualTo(2);
        }

        @Test
        void mayBeConfigured() {
            assertThat(allowedOf(9, mail::configured)).isEqualTo(2);
        }

        @Test
        void isTakenOfTheCallersOwnPermits() {
            assertThat(allowedOf(9, () -> mail.from("ann", 4))).isEqualTo(2);
            assertThat(allowedOf(9, () -> mail.from("bob", 5))).isEqualTo(2);
            assertThat(allowedOf(9, () -> mail.from("ann", 1))).isEqualTo(2);
        }

        @Test
        void isEachLimitsOwn() {
            assertThat(allowedOf(9, () -> mail.counted(4))).isEqualTo(2);
            assertThat(allowedOf(9, () -> mail.counted(1)))
                    .as("the limit of letters lost nothing by denials of the other one")
                    .isEqualTo(2);
        }

        @Test
        void isNotTakenByADeniedCall() {
            mail.all(names(7));

            assertThat(allowedOf(9, () -> mail.all(names(4)))).isZero();
            assertThat(allowedOf(1, () -> mail.all(names(3)))).isEqualTo(1);
        }

        @Test
        void isConvertedFromAnyWholeNumberAndFromText() {
            mail.stamped(1);
            mail.stamped((short) 1);
            mail.stamped(BigInteger.TWO);
            mail.stamped("2");
            mail.stamped((byte) 1);

            assertThat(catchThrowableOfType(RateLimitExceededException.class, () -> mail.stamped(4L))
                            .getDecision()
                            .remaining())
                    .isEqualTo(3);
        }

        @Test
        void isRoundedUp() {
            mail.stamped(2.1);
            mail.stamped(0.5f);
            mail.stamped("1.01");
            mail.stamped("1e-999999999"); // with all its zeros it would be a gigabyte

            assertThat(catchThrowableOfType(RateLimitExceededException.class, () -> mail.stamped(4L))
                            .getDecision()
                            .remaining())
                    .isEqualTo(3);
        }

        @Test
        void isMoreThanAnyLimitHoldsIfItIsMoreThanALongHolds() {
            assertThat(catchThrowableOfType(
                            RateLimitExceededException.class, () -> mail.stamped(BigInteger.ONE.shiftLeft(64))))
                    .hasMessage("Rate limit 'Mail.stamped' can never allow a cost of 9223372036854775807: 10 per 1d");
        }

        @Test
        void isNeverAllowedAboveWhatTheLimitHolds() {
            RateLimitExceededException denied =
                    catchThrowableOfType(RateLimitExceededException.class, () -> mail.all(names(11)));

            assertThat(denied).hasMessage("Rate limit 'Mail.all' can never allow a cost of 11: 10 per 1d");
            assertThat(denied.getRetryAfter()).isNull();
            assertThat(denied.getDecision().reason()).isEqualTo(Decision.Reason.COST_ABOVE_LIMIT);
            assertThat(allowedOf(1, () -> mail.all(names(10)))).isEqualTo(1);
        }

        private List<String> names(int count) {
            return Collections.nCopies(count, "ann");
        }
    }

    @Nested
    class ThatIsNoneForThisCall {

        private static final String STAMPED = at(Mail.class).replace("#place: ", "#stamped, cost = \"#stamps\"");

        private Mail mail;

        @BeforeEach
        void start() {
            mail = application.property("mail.cost", "5").start(Mail.class).bean(Mail.class);
        }

        @Test
        void failsTheCallWhenItIsNotPositive() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> mail.stamped(0))
                    .withMessage(STAMPED + " is 0 for this call; a call costs at least 1");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> mail.stamped(Long.MIN_VALUE))
                    .withMessage(STAMPED + " is -9223372036854775808 for this call; a call costs at least 1");
        }

        @Test
        void failsTheCallWhenItIsNull() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> mail.stamped(null))
                    .withMessage(STAMPED + " is null for this call; a call costs at least 1");
        }

        @Test
        void failsTheCallWhenItIsNoNumber() {
            assertThatIllegalStateException()
                    .isThrownBy(() -> mail.stamped("many"))
                    .withMessageStartingWith(STAMPED + " failed: ")
                    .withMessageContaining("java.lang.Number");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> mail.stamped(Double.NaN))
                    .withMessage(STAMPED + " is NaN for this call; a call costs at least 1");
        }

        @Test
        void takesNoPermit() {
            for (Object none : new Object[] {0, -1, "many", List.of()}) {
                assertThat(catchThrowableOfType(RuntimeException.class, () -> mail.stamped(none)))
                        .isNotNull();
            }
            assertThat(allowedOf(11, () -> mail.stamped(1))).isEqualTo(10);
        }
    }

    @Nested
    class ThatIsWrong {

        private static final String RANGE =
                " is not between 1 and 9223372036854775807; " + "write 1, or an expression such as #items.size()";

        static class CostZero {
            @RateLimited(permits = 5, cost = "0")
            public void place() {}
        }

        static class NegativeCost {
            @RateLimited(permits = 5, cost = "-3")
            public void place() {}
        }

        static class CostTooLarge {
            @RateLimited(permits = 5, cost = "9223372036854775808")
            public void place() {}
        }

        static class CostAboveTheLimit {
            @RateLimited(permits = 5, cost = "6")
            public void place() {}
        }

        static class CostOfNoNumber {
            @RateLimited(permits = 5, cost = "many")
            public void place(List<String> items) {}
        }

        static class CostBlank {
            @RateLimited(permits = 5, cost = " ")
            public void place() {}
        }

        static class CostUnreadable {
            @RateLimited(permits = 5, cost = "#items.size(")
            public void place(List<String> items) {}
        }

        static class CostUnresolvable {
            @RateLimited(permits = 5, cost = "${cost}")
            public void place() {}
        }

        @Test
        void stopsTheStartWhenItIsNotPositive() {
            assertThat(refusalOf(application, CostZero.class)).isEqualTo(at(CostZero.class) + "cost = \"0\"" + RANGE);
            assertThat(refusalOf(application, NegativeCost.class))
                    .isEqualTo(at(NegativeCost.class) + "cost = \"-3\"" + RANGE);
        }

        @Test
        void stopsTheStartWhenItIsTooLarge() {
            assertThat(refusalOf(application, CostTooLarge.class))
                    .isEqualTo(at(CostTooLarge.class) + "cost = \"9223372036854775808\"" + RANGE);
        }

        @Test
        void stopsTheStartWhenTheLimitNeverHoldsIt() {
            assertThat(refusalOf(application, CostAboveTheLimit.class))
                    .isEqualTo(
                            at(CostAboveTheLimit.class) + "cost = \"6\" is more than the limit ever holds: 5 per 1s; "
                                    + "lower the cost, or raise permits or burst");
        }

        @Test
        void stopsTheStartWhenItIsNoNumber() {
            assertThat(refusalOf(application, CostOfNoNumber.class))
                    .isEqualTo(at(CostOfNoNumber.class) + "cost = \"many\" refers to many, which is a property of "
                            + "nothing; write # before the name of an argument; "
                            + "known are [#items, #p0, #a0, #method]");
        }

        @Test
        void stopsTheStartWhenItIsBlank() {
            assertThat(refusalOf(application, CostBlank.class)).isEqualTo(at(CostBlank.class) + "cost = \"\"" + RANGE);
        }

        @Test
        void stopsTheStartWhenItIsNoExpression() {
            assertThat(refusalOf(application, CostUnreadable.class))
                    .startsWith(at(CostUnreadable.class) + "cost = \"#items.size(\" is not a SpEL expression (")
                    .endsWith("); write for example #id, #user.id or #p0");
        }

        @Test
        void stopsTheStartWhenItsPlaceholderIsUnknown() {
            assertThat(refusalOf(application, CostUnresolvable.class))
                    .isEqualTo(at(CostUnresolvable.class) + "cost = \"${cost}\" cannot be resolved (Could not resolve "
                            + "placeholder 'cost' in value \"${cost}\"); define the property, or give a default: "
                            + "${name:default}");
        }
    }
}
