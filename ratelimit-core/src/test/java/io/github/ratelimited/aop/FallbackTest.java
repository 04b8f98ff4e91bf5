package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What is called in the place of a denied call. */
class FallbackTest {

    @AutoClose
    private final Application application = new Application();

    @Nested
    class AFallback {

        static class Stock {

            private final List<String> calls = new ArrayList<>();

            @RateLimited(permits = 1, per = "1d", fallback = "cached")
            public String find(String id) {
                return "found " + id;
            }

            public String cached(String id) {
                return "cached " + id;
            }

            @RateLimited(permits = 1, per = "1d", fallback = "explained")
            public String price(String id, int count) {
                return "priced " + id;
            }

            String explained(String id, int count, RateLimitExceededException denial) {
                return id + count + ": " + denial.getMessage();
            }

            @RateLimited(permits = 1, per = "1d", fallback = "hidden")
            public String secret() {
                return "secret";
            }

            @SuppressWarnings("UnusedMethod") // called by reflection
            private String hidden() {
                return "hidden " + calls.size();
            }

            @RateLimited(permits = 1, per = "1d", fallback = "shared")
            public String count() {
                return "counted";
            }

            @SuppressWarnings("UnusedMethod") // called by reflection
            private static String shared(RuntimeException denial) {
                return "shared " + (denial instanceof RateLimitExceededException);
            }

            @RateLimited(permits = 1, per = "1d", fallback = "noted")
            public void note(String text) {}

            int noted(String text) {
                calls.add(text);
                return 1;
            }

            @RateLimited(permits = 1, per = "1d", fallback = "${stock.fallback}")
            public Object configured(String id) {
                return "configured";
            }

            @RateLimited(permits = 1, per = "1d", key = "#id", fallback = "cached")
            public String keyed(String id) {
                return "found " + id;
            }

            @RateLimited(permits = 1, per = "1d", fallback = "limited")
            public String first() {
                return "first";
            }

            @RateLimited(permits = 1, per = "1d")
            public String limited() {
                return "limited";
            }
        }

        private final Stock stock = application
                .property("stock.fallback", "cached")
                .start(Stock.class)
                .bean(Stock.class);

        @Test
        void isCalledWithTheArgumentsOfADeniedCallOnly() {
            assertThat(stock.find("a")).isEqualTo("found a");
            assertThat(stock.find("b")).isEqualTo("cached b");
            assertThat(stock.find("c")).isEqualTo("cached c");
        }

        @Test
        void mayAskForTheDenialToo() {
            stock.price("a", 1);

            assertThat(stock.price("b", 2))
                    .isEqualTo("b2: Rate limit 'Stock.price' exceeded: 1 per 1d; retry after 1d");
        }

        @Test
        void mayBePrivateAndSeesItsObject() {
            stock.secret();

            assertThat(stock.secret()).isEqualTo("hidden 0");
        }

        @Test
        void mayBeStaticAndAskForTheDenialByASupertype() {
            stock.count();

            assertThat(stock.count()).isEqualTo("shared true");
        }

        @Test
        void mayReturnAnythingWhereNothingIsReturned() {
            stock.note("a");
            stock.note("b");

            assertThat(stock.noted("c")).isEqualTo(1);
        }

        @Test
        void mayBeNamedByAPropertyAndReturnLess() {
            stock.configured("a");

            assertThat(stock.configured("b")).isEqualTo("cached b");
        }

        @Test
        void isForTheCallersThatAreOver() {
            assertThat(stock.keyed("a")).isEqualTo("found a");
            assertThat(stock.keyed("b")).isEqualTo("found b");
            assertThat(stock.keyed("a")).isEqualTo("cached a");
        }

        @Test
        void isCalledOnTheBeanItselfPastItsLimits() {
            stock.first();

            for (int i = 0; i < 5; i++) {
                assertThat(stock.first()).isEqualTo("limited");
            }
            assertThat(stock.limited()).as("its own permit is still there").isEqualTo("limited");
        }
    }

    @Nested
    class WhatItThrows {

        static class SoldOut extends IOException {
            private static final long serialVersionUID = 1L;
        }

        static class Till {

            @RateLimited(permits = 1, per = "1d", fallback = "closed")
            public void open() throws IOException {}

            void closed() throws IOException {
                throw new SoldOut();
            }

            @RateLimited(permits = 1, per = "1d", fallback = "rethrown")
            public void ring() {}

            void rethrown(RateLimitExceededException denial) {
                throw denial;
            }

            @RateLimited(permits = 1, per = "1d", fallback = "broken")
            public void count() {}

            void broken() {
                throw new AssertionError("broken");
            }
        }

        private final Till till = application.start(Till.class).bean(Till.class);

        @Test
        void isThrownAsItIs() throws IOException {
            till.open();
            till.count();

            assertThatExceptionOfType(SoldOut.class).isThrownBy(till::open).withNoCause();
            assertThatExceptionOfType(AssertionError.class)
                    .isThrownBy(till::count)
                    .withMessage("broken");
        }

        @Test
        void mayBeTheDenial() {
            till.ring();

            assertThatExceptionOfType(RateLimitExceededException.class)
                    .isThrownBy(till::ring)
                    .withMessage("Rate limit 'Till.ring' exceeded: 1 per 1d; retry after 1d");
        }
    }

    @Nested
    class OfSeveralLimits {

        static class Feed {

            @RateLimited(name = "burst", permits = 2, per = "1s", fallback = "later")
            @RateLimited(name = "quota", permits = 3, per = "1d", fallback = "tomorrow")
            public String read() {
                return "read";
            }

            String later() {
                return "later";
            }

            String tomorrow(RateLimitExceededException denial) {
                return "tomorrow, says " + denial.getLimitName();
            }

            @RateLimited(permits = 1, per = "1s")
            @RateLimited(permits = 2, per = "1d", fallback = "later")
            public String list() {
                return "list";
            }
        }

        private final Feed feed = application.start(Feed.class).bean(Feed.class);

        @Test
        void thatOfTheLimitIsCalledWhichDenied() {
            feed.read();
            feed.read();
            assertThat(feed.read()).isEqualTo("later");

            application.advance(Duration.ofSeconds(1));
            feed.read();
            assertThat(feed.read()).isEqualTo("tomorrow, says quota");
        }

        @Test
        void noneIsCalledIfTheLimitWhichDeniedHasNone() {
            feed.list();
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(feed::list);

            application.advance(Duration.ofSeconds(1));
            feed.list();
            assertThat(feed.list()).isEqualTo("later");
        }
    }
}
