package io.github.ratelimited.sample;

import static io.github.ratelimited.test.RateLimitAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.autoconfigure.test.AutoConfigureRateLimitTest;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

@SpringBootTest
@AutoConfigureRateLimitTest
class ShopLimitTest {

    @Autowired
    private Shop shop;

    @Autowired
    private RateLimiterRegistry limits;

    @Autowired
    private MutableTimeSource time;

    @Test
    void ordersAreDeniedAboveTheirRate() {
        shop.order();
        shop.order();

        assertThatExceptionOfType(RateLimitExceededException.class)
                .isThrownBy(shop::order)
                .satisfies(denied -> assertThat(denied.getDecision()).isDenied().hasRetryAfter(Duration.ofSeconds(5)));

        time.advance(Duration.ofSeconds(5));
        assertThat(limits.get("orders").peek()).isAllowed().hasRemaining(1);
    }

    @Test
    void thePartnerIsAskedWhenItIsOurTurn() {
        shop.askPartner();
        CompletableFuture<String> second = CompletableFuture.supplyAsync(shop::askPartner);

        time.awaitParkedThreads(1); // it has to wait
        assertThat(second).isNotDone();
        time.advance(Duration.ofMillis(200));
        assertThat(second).succeedsWithin(Duration.ofSeconds(10));
    }
}
