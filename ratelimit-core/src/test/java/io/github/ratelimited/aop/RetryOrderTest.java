package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Configuration;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;

/** The limiter comes before the retries that Spring Framework has had since 7. */
class RetryOrderTest {

    static class Orders {

        int retried;

        @Retryable(maxRetries = 3, delay = 0)
        @RateLimited(permits = 1, per = "1d")
        public void retry() {
            retried++;
            throw new IllegalStateException("fails always");
        }

        public int retried() {
            return retried;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableResilientMethods
    static class Retries {}

    @AutoClose
    private final Application application = new Application();

    @Test
    void aCallThatIsRetriedTakesOnePermitAndADeniedOneIsNotRetried() {
        Orders orders = application.start(Retries.class, Orders.class).bean(Orders.class);

        assertThat(catchThrowableOfType(IllegalStateException.class, orders::retry))
                .hasMessage("fails always");
        assertThat(orders.retried()).isEqualTo(4);
        assertThat(catchThrowableOfType(RateLimitExceededException.class, orders::retry))
                .isNotNull();
        assertThat(orders.retried()).isEqualTo(4);
    }
}
