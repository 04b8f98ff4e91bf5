package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.resilience.annotation.ConcurrencyLimit;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import reactor.core.publisher.Mono;

/** {@code @Retryable} and {@code @ConcurrencyLimit} beside the limit: each retry counts, unless the limit comes first. */
@Timeout(20)
class RetryOrderTest {

    static class Partner {

        private final AtomicInteger calls = new AtomicInteger();

        private int fail() {
            calls.incrementAndGet();
            throw new IllegalStateException("fails always");
        }

        public int calls() {
            return calls.get();
        }

        @Retryable(maxRetries = 3, delay = 0)
        @RateLimited(name = "failing", permits = 5, per = "1d")
        public void failing() {
            fail();
        }

        @Retryable(maxRetries = 3, delay = 0)
        @RateLimited(name = "denied", permits = 2, per = "1d", condition = "@attempts.incrementAndGet() > 0")
        public void denied() {
            fail();
        }

        @Retryable(maxRetries = 3, delay = 0, excludes = RateLimitExceededException.class)
        @RateLimited(name = "denied", permits = 2, per = "1d", condition = "@attempts.incrementAndGet() > 0")
        public void deniedAtOnce() {
            fail();
        }

        @Retryable(maxRetries = 3, delay = 0)
        @RateLimited(name = "reactive", permits = 5, per = "1d")
        public Mono<Integer> reactive() {
            return Mono.fromCallable(this::fail);
        }

        @ConcurrencyLimit(1)
        @Retryable(maxRetries = 3, delay = 0)
        @RateLimited(name = "both", permits = 5, per = "1d")
        public void both() {
            fail();
        }
    }

    static class Throttled {

        @ConcurrencyLimit(limit = 1, policy = ConcurrencyLimit.ThrottlePolicy.REJECT)
        @RateLimited(permits = 1, per = "10s", maxWait = "forever", condition = "#limited")
        public void call(boolean limited) {}
    }

    @Configuration(proxyBeanMethods = false)
    @EnableResilientMethods
    static class Retries {

        /** How often the limit has been asked. */
        @Bean
        AtomicInteger attempts() {
            return new AtomicInteger();
        }
    }

    @AutoClose
    private final Application application = new Application();

    private Partner partner() {
        return application.start(Retries.class, Partner.class).bean(Partner.class);
    }

    @Test
    void eachRetryCounts() {
        Partner partner = partner();

        assertThatIllegalStateException().isThrownBy(partner::failing);

        assertThat(partner.calls()).isEqualTo(4);
        assertThat(remaining("failing")).isEqualTo(1);
    }

    @Test
    void aDenialIsRetried() {
        Partner partner = partner();

        assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(partner::denied);

        assertThat(partner.calls()).as("as often as there are permits").isEqualTo(2);
        assertThat(application.bean(AtomicInteger.class)).hasValue(4);
    }

    @Test
    void aDenialIsNotRetriedIfItIsExcluded() {
        Partner partner = partner();

        assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(partner::deniedAtOnce);

        assertThat(partner.calls()).isEqualTo(2);
        assertThat(application.bean(AtomicInteger.class)).hasValue(3);
    }

    @Test
    void eachSubscriptionOfAReactiveRetryCounts() {
        Partner partner = partner();

        assertThatIllegalStateException().isThrownBy(() -> partner.reactive().block());

        assertThat(partner.calls()).isEqualTo(4);
        assertThat(remaining("reactive")).isEqualTo(1);
    }

    @Test
    void eachRetryCountsBesideAConcurrencyLimitToo() {
        Partner partner = partner();

        assertThatIllegalStateException().isThrownBy(partner::both);

        assertThat(remaining("both")).isEqualTo(1);
    }

    @Nested
    class IfTheLimitComesFirst {

        private final Partner partner =
                application.limitFirst().start(Retries.class, Partner.class).bean(Partner.class);

        @Test
        void aCallTakesOnePermitHoweverOftenItIsRetried() {
            assertThatIllegalStateException().isThrownBy(partner::failing);

            assertThat(partner.calls()).isEqualTo(4);
            assertThat(remaining("failing")).isEqualTo(4);
        }

        @Test
        void aDenialIsNotRetried() {
            assertThat(allowedOf(2, () -> assertThatIllegalStateException().isThrownBy(partner::denied)))
                    .isEqualTo(2);
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(partner::denied);

            assertThat(application.bean(AtomicInteger.class)).hasValue(3);
        }

        @Test
        void aReactiveCallTakesOnePermitHoweverOftenItIsRetried() {
            assertThatIllegalStateException()
                    .isThrownBy(() -> partner.reactive().block());

            assertThat(partner.calls()).isEqualTo(4);
            assertThat(remaining("reactive")).isEqualTo(4);
        }
    }

    @Test
    void aCallThatWaitsForTheRateHoldsNoPlaceOfAConcurrencyLimit() throws Exception {
        Throttled throttled = application.start(Retries.class, Throttled.class).bean(Throttled.class);
        throttled.call(true);
        FutureTask<Void> waiting = new FutureTask<>(() -> throttled.call(true), null);
        new Thread(waiting).start();
        application.time().awaitParkedThreads(1);

        assertThatNoException().as("no rejection").isThrownBy(() -> throttled.call(false));

        application.advance(Duration.ofSeconds(10));
        waiting.get(10, TimeUnit.SECONDS);
    }

    private long remaining(String limit) {
        return application.registry().get(limit).peek().remaining();
    }
}
