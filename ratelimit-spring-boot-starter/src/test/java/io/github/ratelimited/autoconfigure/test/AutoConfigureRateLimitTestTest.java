package io.github.ratelimited.autoconfigure.test;

import static io.github.ratelimited.test.RateLimitAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimitNearEvent;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.Holds;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.PropertySource;
import org.springframework.context.event.EventListener;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

/** What an application's test has of it. */
@Timeout(60)
class AutoConfigureRateLimitTestTest {

    static class Service {

        @RateLimited(name = "service", permits = 2, per = "1s")
        String call() {
            return "done";
        }

        @RateLimited(name = "daily", permits = 2, per = "1d", algorithm = Algorithm.FIXED_WINDOW)
        String daily() {
            return "done";
        }

        @RateLimited(name = "patient", permits = 1, per = "1m", maxWait = "forever")
        String wait(String answer) {
            return answer;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration(
            excludeName = {
                "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
                "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration"
            })
    static class Application {

        @Bean
        Service service() {
            return new Service();
        }
    }

    @Nested
    @SpringBootTest(classes = Application.class, properties = "spring.main.web-application-type=none")
    @AutoConfigureRateLimitTest
    class OfAnApplication {

        @Autowired
        private Service service;

        @Autowired
        private MutableTimeSource time;

        @Autowired
        private RateLimiterRegistry limits;

        /** Each takes all there is, and leaves the middle of a day behind. */
        @RepeatedTest(3)
        void begins_with_full_limits_and_with_a_day() {
            assertThat(time.nanoTime() % Duration.ofDays(1).toNanos()).isZero();
            service.call();
            service.call();
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(service::call);
            time.advance(Duration.ofMinutes(61));
            service.daily();
            service.daily();
            assertThat(limits.get("daily").peek()).isDenied().hasRetryAfter(Duration.ofMinutes(23 * 60 - 1));
        }

        @Test
        void moves_those_who_wait() {
            service.wait("first");
            CompletableFuture<String> second = CompletableFuture.supplyAsync(() -> service.wait("second"));
            time.awaitParkedThreads(1);
            time.advance(Duration.ofSeconds(59));
            assertThat(second).isNotDone();
            time.advance(Duration.ofSeconds(1));
            assertThat(second).succeedsWithin(Duration.ofSeconds(30)).isEqualTo("second");
        }

        @Test
        void says_what_was_decided() {
            assertThat(limits.get("service").tryAcquire(2, Duration.ZERO))
                    .isAllowed()
                    .hasLimitName("service")
                    .hasReason(Reason.WITHIN_LIMIT)
                    .hasRemaining(0)
                    .hasWaitTime(Duration.ZERO)
                    .hasResetAfter(Duration.ofSeconds(1));
            assertThat(limits.get("service").tryAcquire(1, Duration.ZERO))
                    .isDenied()
                    .hasReason(Reason.OVER_LIMIT)
                    .hasRetryAfter(Duration.ofMillis(500));
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Ears {

        final List<RateLimitNearEvent> near = new ArrayList<>();

        @EventListener
        void on(RateLimitNearEvent event) {
            near.add(event);
        }
    }

    @Nested
    @SpringBootTest(
            classes = {Application.class, Ears.class},
            properties = {
                "spring.main.web-application-type=none",
                "ratelimit.limits.mail.permits=2",
                "ratelimit.limits.mail.per=1h",
                "ratelimit.limits.mail.near=50%",
                "ratelimit.limits.partner.permits=2",
                "ratelimit.limits.partner.obey-retry-after=true"
            })
    @AutoConfigureRateLimitTest
    class OfAnApplicationThatHears {

        /** Each ends a minute before the next begins. */
        @RepeatedTest(2)
        void begins_without_anything_told_or_held_back(
                @Autowired StoreRateLimiterRegistry limits, @Autowired MutableTimeSource time, @Autowired Ears ears) {
            Holds holds = Objects.requireNonNull(limits.holds());
            LimitName partner = LimitName.of("partner");
            assertThat(holds.left(partner, "localhost")).isZero();
            ears.near.clear();
            time.advance(Duration.ofDays(1).minusMinutes(1));
            holds.hold(partner, "localhost", Duration.ofDays(1).toNanos());
            limits.get("mail").tryAcquire();
            assertThat(ears.near).hasSize(1);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @PropertySource("classpath:counts-in-redis.properties")
    static class CountsInRedis {}

    @Nested
    @SpringBootTest(
            classes = {Application.class, CountsInRedis.class},
            properties = "spring.main.web-application-type=none")
    @AutoConfigureRateLimitTest
    class OfAnApplicationThatCountsElsewhere {

        @Test
        void counts_in_memory(@Autowired StoreRateLimiterRegistry limits, @Autowired Service service) {
            assertThat(limits.describe("service").store()).isEqualTo("memory");
            service.call();
            service.call();
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(service::call);
        }
    }

    /** As tests of a slice are: what they do not ask for is not there. */
    @Nested
    @SpringJUnitConfig(Slice.class)
    @AutoConfigureRateLimitTest
    class OfASlice {

        @Test
        void has_limits_and_their_time(@Autowired Service service, @Autowired TimeSource time) {
            assertThat(time).isInstanceOf(MutableTimeSource.class);
            service.call();
            service.call();
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(service::call);
        }

        @Test
        void counts_in_memory(@Autowired LimiterStore store) {
            assertThat(store).isInstanceOf(MemoryLimiterStore.class);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Slice {

        @Bean
        Service service() {
            return new Service();
        }
    }
}
