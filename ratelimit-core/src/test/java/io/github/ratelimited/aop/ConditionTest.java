package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.ratelimited.RateLimited;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.stereotype.Component;

/** A limit holds for the calls for which its condition is true. */
class ConditionTest {

    @Component("counter")
    public static class Counter {

        private final AtomicInteger asked = new AtomicInteger();

        public int next() {
            return asked.incrementAndGet();
        }
    }

    public record User(boolean trial) {}

    static class Search {

        @RateLimited(permits = 2, per = "1d", condition = "#guest")
        public void find(boolean guest) {}

        @RateLimited(permits = 2, per = "1d", condition = "#pages > 10")
        public void list(int pages) {}

        @RateLimited(permits = 2, per = "1d", condition = "#flag")
        public void flagged(@Nullable Object flag) {}

        @RateLimited(permits = 2, per = "1d", condition = "#user.trial")
        public void byUser(@Nullable User user) {}

        @RateLimited(permits = 2, per = "1d", condition = "#method.name == 'byName'")
        public void byName() {}

        @RateLimited(permits = 2, per = "1d", condition = "${search.limited}")
        public void configured() {}

        @RateLimited(name = "all", permits = 5, per = "1d")
        @RateLimited(name = "guests", permits = 2, per = "1d", condition = "#guest")
        public void limitedTwice(boolean guest) {}

        @RateLimited(name = "dear", permits = 2, per = "1d", condition = "#pages > 10")
        @RateLimited(name = "guest", permits = 2, per = "1d", condition = "#guest")
        public void perhaps(int pages, boolean guest) {}

        @RateLimited(permits = 2, per = "1d", condition = "#guest", key = "@counter.next()", cost = "@counter.next()")
        public void askingForMore(boolean guest) {}
    }

    @AutoClose
    private final Application application = new Application().property("search.limited", "false");

    private Search search;

    @BeforeEach
    void start() {
        search = application.start(Search.class, Counter.class).bean(Search.class);
    }

    @Nested
    class ACall {

        @Test
        void isLimitedIfItIsTrue() {
            assertThat(allowedOf(9, () -> search.find(true))).isEqualTo(2);
            assertThat(allowedOf(9, () -> search.list(11))).isEqualTo(2);
            assertThat(allowedOf(9, search::byName)).isEqualTo(2);
        }

        @Test
        void isFreeAndTakesNoPermitIfItIsFalse() {
            assertThat(allowedOf(99, () -> search.find(false))).isEqualTo(99);
            assertThat(allowedOf(9, () -> search.find(true))).isEqualTo(2);
            assertThat(allowedOf(99, () -> search.find(false))).isEqualTo(99);
        }

        @ParameterizedTest
        @ValueSource(strings = {"true", "on", "yes", "1"})
        void isLimitedIfItIsATextForTrue(String flag) {
            assertThat(allowedOf(9, () -> search.flagged(flag))).isEqualTo(2);
        }

        @ParameterizedTest
        @NullSource
        @ValueSource(strings = {"false", "off", "no", "0", ""})
        void isFreeIfItIsATextForFalseOrNothing(@Nullable String flag) {
            assertThat(allowedOf(9, () -> search.flagged(flag))).isEqualTo(9);
        }

        @Test
        void isFreeIfNobodyIsThereOfWhomItIsSaid() {
            assertThat(allowedOf(9, () -> search.byUser(null))).isEqualTo(9);
            assertThat(allowedOf(9, () -> search.byUser(new User(false)))).isEqualTo(9);
            assertThat(allowedOf(9, () -> search.byUser(new User(true)))).isEqualTo(2);
        }

        @Test
        void isFreeIfTheConfigurationSaysSo() {
            assertThat(allowedOf(9, search::configured)).isEqualTo(9);
        }

        @Test
        void failsIfItIsNeither() {
            assertThatIllegalStateException()
                    .isThrownBy(() -> search.flagged("perhaps"))
                    .withMessageStartingWith(
                            "@RateLimited on " + Search.class.getName() + "#flagged, condition = \"#flag\" failed: ")
                    .withMessageContaining("java.lang.Boolean");
        }
    }

    @Nested
    class OfSeveralLimits {

        @Test
        void thoseHoldWhoseConditionIsTrue() {
            assertThat(allowedOf(1, () -> search.limitedTwice(false))).isEqualTo(1);
            assertThat(allowedOf(9, () -> search.limitedTwice(true))).isEqualTo(2);
            assertThat(allowedOf(9, () -> search.limitedTwice(false))).isEqualTo(2);
        }

        @Test
        void noneMayHold() {
            assertThat(allowedOf(99, () -> search.perhaps(1, false))).isEqualTo(99);
            assertThat(allowedOf(9, () -> search.perhaps(11, false))).isEqualTo(2);
            assertThat(allowedOf(9, () -> search.perhaps(1, true))).isEqualTo(2);
        }
    }

    @Nested
    class WhileItIsFalse {

        @Test
        void neitherKeyNorCostIsAskedFor() {
            search.askingForMore(false);
            search.askingForMore(false);

            assertThat(application.bean(Counter.class).next()).isEqualTo(1);
        }
    }
}
