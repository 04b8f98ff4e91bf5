package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What an application says of a limit from outside: its configuration and its properties. */
class LimitConfigurationTest {

    @AutoClose
    private final Application application = new Application();

    @Nested
    class TheConfigurationOfANamedLimit {

        static class Shop {

            @RateLimited("checkout")
            public void pay(String user) {}

            @RateLimited(
                    name = "search",
                    permits = 1,
                    per = "1d",
                    burst = 2,
                    key = "#user",
                    algorithm = Algorithm.TOKEN_BUCKET)
            public void find(String user, String region) {}

            @RateLimited(permits = 1, per = "1d")
            public void browse() {}
        }

        @Test
        void isEnoughForAnAnnotationThatSaysNothing() {
            Shop shop = shop("checkout", settings(2, "1h", 5, Algorithm.TOKEN_BUCKET, "#user", null));

            assertThat(allowedOf(9, () -> shop.pay("ann"))).isEqualTo(5);
            assertThat(allowedOf(9, () -> shop.pay("bob"))).isEqualTo(5);
            assertThat(catchThrowableOfType(RateLimitExceededException.class, () -> shop.pay("bob")))
                    .hasMessage("Rate limit 'checkout' exceeded: 2 per 1h, burst 5; retry after 30m");
        }

        @Test
        void winsOverEveryAttributeOfTheAnnotation() {
            Shop shop = shop("search", settings(3, "1h", 3, Algorithm.FIXED_WINDOW, "#region", null));

            assertThat(application.registry().get("search").limit())
                    .isEqualTo(Limit.of(3, Duration.ofHours(1)).withAlgorithm(Algorithm.FIXED_WINDOW));
            assertThat(allowedOf(2, () -> shop.find("ann", "north"))).isEqualTo(2);
            assertThat(allowedOf(9, () -> shop.find("bob", "north"))).isEqualTo(1);
        }

        @Test
        void leavesTheAnnotationWhatItDoesNotSay() {
            Shop shop = shop("search", settings(10, null, 0, null, null, null));

            assertThat(application.registry().get("search").limit())
                    .isEqualTo(Limit.of(10, Duration.ofDays(1)).withBurst(2));
            assertThat(allowedOf(9, () -> shop.find("ann", "north"))).isEqualTo(2);
            assertThat(allowedOf(9, () -> shop.find("bob", "north"))).isEqualTo(2);
        }

        @Test
        void saysHowLongToWait() {
            Shop shop = shop("checkout", settings(1, "10s", 0, null, null, "10s"));
            shop.pay("ann");
            Thread.currentThread().interrupt();

            assertThat(catchThrowableOfType(RateLimitExceededException.class, () -> shop.pay("ann")))
                    .as("it would have waited")
                    .hasMessageContaining("interrupted while waiting");
            assertThat(Thread.interrupted()).isTrue();
        }

        @Test
        void isNothingToALimitWithoutAName() {
            Shop shop = shop("Shop.browse", settings(5, null, 0, null, null, null));

            assertThat(allowedOf(9, shop::browse)).isEqualTo(1);
        }

        private Shop shop(String name, LimitSettings settings) {
            for (String other : new String[] {"checkout", "search"}) {
                application.limit(other, settings(7, "1d", 0, null, null, null));
            }
            return application.limit(name, settings).start(Shop.class).bean(Shop.class);
        }

        private LimitSettings settings(
                long permits,
                @Nullable String per,
                long burst,
                @Nullable Algorithm algorithm,
                @Nullable String key,
                @Nullable String maxWait) {
            return new LimitSettings("ratelimit.limits", permits, per, burst, algorithm, key, maxWait);
        }
    }

    @Nested
    class APlaceholder {

        static class Feed {

            @RateLimited(name = "${feed.limit}", permits = 1, per = "${feed.period}", key = "${feed.key}")
            public void read(String user, String region) {}

            @RateLimited(name = "${feed.other:other}", permits = 3, per = "1${feed.unit:h}", maxWait = "${feed.wait}")
            public void write() {}
        }

        private final Feed feed = application
                .property("feed.limit", "reading")
                .property("feed.period", "10s")
                .property("feed.key", "#region")
                .property("feed.wait", "0s")
                .limit("reading", new LimitSettings("ratelimit.limits.reading", 2, null, 0, null, null, null))
                .start(Feed.class)
                .bean(Feed.class);

        @Test
        void mayStandInTheNameByWhichTheConfigurationIsFound() {
            assertThat(application.registry().names()).containsExactly("other", "reading");
            assertThat(application.registry().get("reading").limit()).isEqualTo(Limit.of(2, Duration.ofSeconds(10)));
        }

        @Test
        void mayStandInThePeriodAsAWholeOrAPart() {
            assertThat(application.registry().get("reading").limit().period()).isEqualTo(Duration.ofSeconds(10));
            assertThat(application.registry().get("other").limit().period()).isEqualTo(Duration.ofHours(1));
        }

        @Test
        void mayStandInTheKey() {
            assertThat(allowedOf(1, () -> feed.read("ann", "north"))).isEqualTo(1);
            assertThat(allowedOf(9, () -> feed.read("bob", "north"))).isEqualTo(1);
            assertThat(allowedOf(9, () -> feed.read("bob", "south"))).isEqualTo(2);
        }

        @Test
        void mayStandInTheWait() {
            try (Application patient = new Application()) {
                Feed slow = patient.property("feed.limit", "reading")
                        .property("feed.period", "10s")
                        .property("feed.key", "#region")
                        .property("feed.wait", "1h")
                        .start(Feed.class)
                        .bean(Feed.class);
                allowedOf(3, slow::write);
                allowedOf(3, feed::write);
                Thread.currentThread().interrupt();

                assertThat(catchThrowableOfType(RateLimitExceededException.class, slow::write))
                        .hasMessageContaining("interrupted while waiting");
                assertThat(catchThrowableOfType(RateLimitExceededException.class, feed::write))
                        .hasMessageContaining("retry after 20m");
                assertThat(Thread.interrupted()).isTrue();
            }
        }
    }
}
