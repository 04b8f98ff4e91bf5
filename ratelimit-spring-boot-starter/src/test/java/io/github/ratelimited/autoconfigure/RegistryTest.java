package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.reactor.RateLimitOperator;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.core.NestedExceptionUtils;
import reactor.core.publisher.Mono;

/** What the annotation does, for code that asks the registry instead. */
class RegistryTest {

    public static class Partner {

        @RateLimited(name = "partner", permits = 3, per = "1m", maxWait = "2s")
        public void call() {}
    }

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
            .withBean(TimeSource.class, MutableTimeSource::new);

    private static RateLimiter limiter(ApplicationContext context, String name) {
        return context.getBean(RateLimiterRegistry.class).get(name);
    }

    @Test
    void aConfiguredLimitNeedsNoAnnotation() {
        application
                .withPropertyValues("ratelimit.limits.mail.permits=1", "ratelimit.limits.mail.per=1h")
                .run(context -> {
                    RateLimiter mail = limiter(context, "mail");
                    assertThat(mail.call(() -> "sent")).isEqualTo("sent");
                    assertThatExceptionOfType(RateLimitExceededException.class)
                            .isThrownBy(() -> mail.call(() -> "sent again"))
                            .withMessage("Rate limit 'mail' exceeded: 1 per 1h; retry after 1h");
                });
    }

    public static class Orders {

        @RateLimited("orders.place")
        public void place() {}
    }

    @Test
    void aNameWithADotIsConfiguredAsTheMessageSays() {
        String[] property = new String[1];
        application.withBean(Orders.class).run(context -> {
            String message = NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure())
                    .getMessage();
            assertThat(message).contains("; set ratelimit.limits.[orders.place].permits, or");
            property[0] = message.replaceAll(".*; set (\\S+), or.*", "$1");
        });
        application
                .withBean(Orders.class)
                .withPropertyValues(property[0] + "=5")
                .run(context -> assertThat(limiter(context, "orders.place").limit())
                        .isEqualTo(Limit.of(5, Duration.ofSeconds(1))));
        application.run(context -> assertThatIllegalArgumentException()
                .isThrownBy(() -> limiter(context, "orders.place"))
                .withMessageContaining("; declare it under ratelimit.limits.[orders.place] or "));
    }

    @Test
    void aCallWaitsAsLongAsTheConfigurationSays() {
        application
                .withPropertyValues(
                        "ratelimit.defaults.max-wait=7s",
                        "ratelimit.limits.mail.permits=1",
                        "ratelimit.limits.sms.permits=1",
                        "ratelimit.limits.sms.max-wait=3s",
                        "ratelimit.limits.sms.plans.gold.permits=9")
                .run(context -> {
                    assertThat(limiter(context, "mail").maxWait()).isEqualTo(Duration.ofSeconds(7));
                    assertThat(limiter(context, "sms").maxWait()).isEqualTo(Duration.ofSeconds(3));
                    assertThat(limiter(context, "sms[gold]").maxWait()).isEqualTo(Duration.ofSeconds(3));
                });
    }

    @Test
    void aPlanIsALimiterOfItsOwn() {
        application
                .withPropertyValues(
                        "ratelimit.limits.api.permits=1",
                        "ratelimit.limits.api.per=1m",
                        "ratelimit.limits.api.plans.gold.permits=9")
                .run(context -> {
                    assertThat(limiter(context, "api[gold]").limit()).isEqualTo(Limit.of(9, Duration.ofMinutes(1)));
                    assertThat(limiter(context, "api[gold]").tryAcquire(9)).isTrue();
                    assertThat(limiter(context, "api").tryAcquire()).isTrue();
                });
    }

    @Test
    void aMethodsLimitIsTheSameOneAndWaitsAsLong() {
        application.withBean(Partner.class).run(context -> {
            RateLimiter partner = limiter(context, "partner");
            context.getBean(Partner.class).call();
            assertThat(partner.maxWait()).isEqualTo(Duration.ofSeconds(2));
            assertThat(partner.peek().remaining()).isEqualTo(2);
        });
    }

    @Test
    void theConfigurationWinsOverTheMethod() {
        application
                .withBean(Partner.class)
                .withPropertyValues("ratelimit.limits.partner.permits=9", "ratelimit.limits.partner.max-wait=5s")
                .run(context -> {
                    assertThat(limiter(context, "partner").maxWait()).isEqualTo(Duration.ofSeconds(5));
                    assertThat(limiter(context, "partner").limit()).isEqualTo(Limit.of(9, Duration.ofMinutes(1)));
                });
    }

    @Test
    void theLinesOfTheReadmeDoWhatTheySay() {
        application.withPropertyValues("ratelimit.limits.api.permits=2").run(context -> {
            RateLimiterRegistry registry = context.getBean(RateLimiterRegistry.class);
            Client client = new Client();
            String user = "ann";
            RateLimiter api = registry.get("api").forKey(user); // without forKey: one limit for all callers
            String answer = api.call(() -> client.ask(user)); // over the rate: RateLimitExceededException
            String later = api.withMaxWait(Duration.ofSeconds(2)).call(() -> client.ask(user)); // waits up to 2 s
            CompletableFuture<String> future = api.callAsync(() -> client.askAsync(user)); // holds no thread
            Mono<String> mono = client.askMono(user).transform(RateLimitOperator.of(api)); // each subscription counts
            assertThat(answer).isEqualTo(later).isEqualTo("42, ann");
            assertThat(future).isCompletedExceptionally();
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(mono::block);
            assertThat(registry.get("api").forKey("bob").tryAcquire()).isTrue();
        });
    }

    private static final class Client {

        String ask(String user) {
            return "42, " + user;
        }

        CompletableFuture<String> askAsync(String user) {
            return CompletableFuture.completedFuture(ask(user));
        }

        Mono<String> askMono(String user) {
            return Mono.just(ask(user));
        }
    }
}
