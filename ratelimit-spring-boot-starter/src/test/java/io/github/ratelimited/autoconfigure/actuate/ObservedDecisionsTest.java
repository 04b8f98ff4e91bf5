package io.github.ratelimited.autoconfigure.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.store.DecisionListener;
import io.github.ratelimited.test.MutableTimeSource;
import io.micrometer.observation.Observation;
import io.micrometer.observation.tck.TestObservationRegistry;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What a span tells of limits. */
class ObservedDecisionsTest {

    private final MutableTimeSource time = new MutableTimeSource();
    private final TestObservationRegistry observations = TestObservationRegistry.create();

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class, TracingAutoConfiguration.class))
            .withBean(TimeSource.class, () -> time)
            .withBean(TestObservationRegistry.class, () -> observations)
            .withPropertyValues("ratelimit.limits.mail.permits=1", "ratelimit.limits.mail.per=1h");

    @Test
    void aDenialAndAWaitAreEventsOfTheCurrentObservation() {
        application.run(context -> {
            RateLimiter mail = context.getBean(RateLimiterRegistry.class).get("mail");
            TestEvents events = new TestEvents();
            observations.observationConfig().observationHandler(events);
            Observation.createNotStarted("request", observations).observe(() -> {
                assertThat(mail.tryAcquire()).isTrue();
                assertThat(mail.forKey("alice").tryAcquire()).isTrue();
                assertThat(mail.forKey("alice").tryAcquire()).isFalse();
                CompletableFuture<Decision> turn = mail.acquireAsync(1, Duration.ofHours(2));
                assertThat(turn).isNotDone();
            });
            assertThat(mail.tryAcquire()).as("outside of any").isFalse();
            assertThat(events.names()).containsExactly("rate limit 'mail' denied", "rate limit 'mail' lets wait PT1H");
        });
    }

    @Test
    void whatAnotherThreadBringsIsToldToTheObservationOfWhoAsked() {
        TestEvents events = new TestEvents();
        observations.observationConfig().observationHandler(events);
        ObservedDecisions decisions = new ObservedDecisions(() -> observations);
        assertThat(decisions.ofCaller()).isNull();
        Observation request = Observation.start("request", observations);
        DecisionListener ofCaller;
        try (Observation.Scope scope = request.openScope()) {
            assertThat(scope.getCurrentObservation()).isSameAs(request);
            ofCaller = decisions.ofCaller();
        }
        assertThat(ofCaller).isNotNull();
        ofCaller.decided(TestEvents.REQUEST, TestEvents.DENIED);
        request.stop();
        assertThat(events.names()).containsExactly("rate limit 'mail' denied");
    }

    @Test
    void withoutObservationsThereIsNothing() {
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(RateLimitAutoConfiguration.class, TracingAutoConfiguration.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(ObservedDecisions.class));
    }
}
