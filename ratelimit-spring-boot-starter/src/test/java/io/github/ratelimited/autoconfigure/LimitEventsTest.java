package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededEvent;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimitNearEvent;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.DecisionListener;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimitPolicies;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.EventListener;
import org.springframework.context.support.GenericApplicationContext;

/** What an application hears of its limits. */
@ExtendWith(OutputCaptureExtension.class)
class LimitEventsTest {

    public static class Shop {

        @RateLimited(name = "orders", permits = 2, per = "1h", key = "#user")
        public void order(String user) {}
    }

    public static class Ears {

        final List<RateLimitExceededEvent> exceeded = new ArrayList<>();
        final List<RateLimitNearEvent> near = new ArrayList<>();

        @EventListener
        public void on(RateLimitExceededEvent event) {
            exceeded.add(event);
        }

        @EventListener
        public void on(RateLimitNearEvent event) {
            near.add(event);
        }
    }

    private final MutableTimeSource time = new MutableTimeSource();

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
            .withBean(TimeSource.class, () -> time)
            .withBean(Ears.class)
            .withBean(Shop.class)
            .withPropertyValues("ratelimit.limits.mail.permits=10", "ratelimit.limits.mail.per=1m");

    @Test
    void aDenialIsAnEvent() {
        application.run(context -> {
            Shop shop = context.getBean(Shop.class);
            shop.order("alice");
            shop.order("alice");
            assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(() -> shop.order("alice"));
            assertThat(context.getBean(Ears.class).exceeded).singleElement().satisfies(event -> {
                assertThat(event.getLimitName()).isEqualTo("orders");
                assertThat(event.getDecision().reason()).isEqualTo(Reason.OVER_LIMIT);
                assertThat(event.toString()).doesNotContain("alice");
            });
        });
    }

    @Test
    void aListenerThatIsMadeOnlyWhenThereIsAnEventHearsItToo() {
        List<RateLimitExceededEvent> heard = new ArrayList<>();
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
                .withBean("lazy", Lazy.class, () -> new Lazy(heard), definition -> definition.setLazyInit(true))
                .withPropertyValues("ratelimit.limits.mail.permits=1", "ratelimit.limits.mail.per=1h")
                .run(context -> {
                    RateLimiter mail =
                            context.getBean(RateLimiterRegistry.class).get("mail");
                    assertThat(mail.tryAcquire()).isTrue();
                    assertThat(mail.tryAcquire()).isFalse();
                    assertThat(heard).hasSize(1);
                });
    }

    private record Lazy(List<RateLimitExceededEvent> heard) implements ApplicationListener<RateLimitExceededEvent> {

        @Override
        public void onApplicationEvent(RateLimitExceededEvent event) {
            heard.add(event);
        }
    }

    @Test
    void aListenerThatComesLaterHearsWhatComesAfterIt() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
                .withPropertyValues("ratelimit.limits.mail.permits=1", "ratelimit.limits.mail.per=1h")
                .run(context -> {
                    RateLimiter mail =
                            context.getBean(RateLimiterRegistry.class).get("mail");
                    List<RateLimitExceededEvent> heard = new ArrayList<>();
                    assertThat(mail.tryAcquire()).isTrue();
                    assertThat(mail.tryAcquire()).isFalse();
                    context.getSourceApplicationContext().addApplicationListener(new Lazy(heard));
                    assertThat(mail.tryAcquire()).isFalse();
                    assertThat(heard).hasSize(1);
                });
    }

    @Test
    void noThreadIsStartedForADenialThatNobodyHears() {
        AtomicInteger started = new AtomicInteger();
        TimeSource counting = new TimeSource() {
            @Override
            public long nanoTime() {
                return time.nanoTime();
            }

            @Override
            public Executor executor() {
                return task -> {
                    started.incrementAndGet();
                    task.run();
                };
            }
        };
        try (GenericApplicationContext context = new GenericApplicationContext()) {
            context.refresh();
            DecisionListener ofCaller = new LimitEvents(context, new LimitPolicies(), counting).ofCaller();
            Limit limit = Limit.of(1, Duration.ofHours(1));
            AcquireRequest request = AcquireRequest.of(new Claim(LimitName.of("mail"), limit, null, 1, 0));
            Decision denied = Decision.overLimit("mail", limit, 1, 0, 1, 1);
            ofCaller.decided(request, denied);
            assertThat(started).hasValue(0);
            List<RateLimitExceededEvent> heard = new ArrayList<>();
            context.addApplicationListener(new Lazy(heard));
            ofCaller.decided(request, denied);
            assertThat(started).hasValue(1);
            assertThat(heard).hasSize(1);
        }
    }

    @Test
    void aListenerThatFailsFailsNoCall(CapturedOutput output) {
        application
                .withBean("broken", ApplicationListener.class, () -> event -> {
                    if (event instanceof RateLimitExceededEvent) {
                        throw new IllegalStateException("broken listener");
                    }
                })
                .run(context -> {
                    RateLimiter mail =
                            context.getBean(RateLimiterRegistry.class).get("mail");
                    assertThat(mail.tryAcquire(10)).isTrue();
                    assertThat(mail.tryAcquire()).isFalse();
                    assertThat(mail.tryAcquire()).isFalse();
                    assertThat(output).containsOnlyOnce("A listener to RateLimitExceededEvent has failed; told once");
                });
    }

    @Test
    void aLimitThatIsNearIsToldOfOnceAPeriod() {
        application.withPropertyValues("ratelimit.limits.mail.near=80%").run(context -> {
            RateLimiter mail = context.getBean(RateLimiterRegistry.class).get("mail");
            List<RateLimitNearEvent> near = context.getBean(Ears.class).near;
            assertThat(mail.tryAcquire(7)).isTrue();
            assertThat(near).isEmpty();
            assertThat(mail.tryAcquire()).isTrue();
            assertThat(near).singleElement().satisfies(event -> {
                assertThat(event.getLimitName()).isEqualTo("mail");
                assertThat(event.getLimit()).isEqualTo(Limit.of(10, Duration.ofMinutes(1)));
                assertThat(event.getRemaining()).isEqualTo(2);
            });
            assertThat(mail.tryAcquire()).isTrue();
            time.advance(Duration.ofMinutes(1).minusNanos(1));
            assertThat(mail.tryAcquire(9)).isTrue();
            assertThat(near).hasSize(1);
            time.advance(Duration.ofSeconds(6));
            assertThat(mail.tryAcquire()).isTrue();
            assertThat(near).hasSize(2);
        });
    }

    @Test
    void eachWindowThatIsNearIsToldOf() {
        application
                .withPropertyValues("ratelimit.limits.mail.near=80%", "ratelimit.limits.mail.algorithm=fixed-window")
                .run(context -> {
                    RateLimiter mail =
                            context.getBean(RateLimiterRegistry.class).get("mail");
                    List<RateLimitNearEvent> near = context.getBean(Ears.class).near;
                    time.advance(Duration.ofSeconds(59));
                    assertThat(mail.tryAcquire(9)).isTrue();
                    assertThat(mail.tryAcquire()).isTrue();
                    assertThat(near).hasSize(1);
                    time.advance(Duration.ofSeconds(1));
                    assertThat(mail.tryAcquire(9)).isTrue();
                    assertThat(near).hasSize(2);
                    time.advance(Duration.ofMinutes(1).minusNanos(1));
                    assertThat(mail.tryAcquire()).isTrue();
                    assertThat(near).hasSize(2);
                });
    }

    @Test
    void withoutANearNobodyIsTold() {
        application.run(context -> {
            assertThat(context.getBean(RateLimiterRegistry.class).get("mail").tryAcquire(10))
                    .isTrue();
            assertThat(context.getBean(Ears.class).near).isEmpty();
        });
    }
}
