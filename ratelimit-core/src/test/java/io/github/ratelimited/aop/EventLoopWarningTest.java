package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimited;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A blocking method that may wait can stop all that runs on an event loop: its first call from there is reported. */
@Timeout(20)
class EventLoopWarningTest {

    static class Partner {

        @RateLimited(permits = 1, per = "10s", maxWait = "1h")
        public void call() {}

        @RateLimited(permits = 1, per = "10s", maxWait = "1h")
        public void callAnother() {}

        @RateLimited(permits = 1, per = "10s")
        public void callNow() {}

        @RateLimited(permits = 1, per = "10s", maxWait = "1h")
        public CompletableFuture<String> future() {
            return CompletableFuture.completedFuture("done");
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "1h")
        public Mono<String> mono() {
            return Mono.just("done");
        }
    }

    @AutoClose
    private final Application application = new Application();

    private final Partner partner = application.start(Partner.class).bean(Partner.class);

    @AutoClose("dispose")
    private final Scheduler eventLoop = Schedulers.newParallel("event-loop", 1);

    @AutoClose("dispose")
    private final Scheduler elastic = Schedulers.newBoundedElastic(1, 10, "elastic");

    @AutoClose
    private final Warnings warnings = new Warnings(BlockingCall.class);

    /** Calls on a thread of the scheduler, and lets the time pass until a call that waits is done. */
    private void call(Scheduler scheduler, Runnable call) throws Exception {
        CompletableFuture<Void> done = CompletableFuture.runAsync(call, scheduler::schedule);
        while (!done.isDone()) {
            if (application.time().parkedThreads() > 0) {
                application.advance(Duration.ofSeconds(10));
            }
            Thread.onSpinWait();
        }
        done.handle((value, failure) -> null).get(10, TimeUnit.SECONDS);
    }

    @Test
    void namesTheMethodAndTheRemedy() throws Exception {
        call(eventLoop, partner::call);

        assertThat(warnings.records()).singleElement().satisfies(warning -> {
            assertThat(warning.getLevel()).isEqualTo(Level.WARNING);
            assertThat(warning.getMessage())
                    .isEqualTo(
                            "@RateLimited may let a thread that must not block wait: "
                                    + Partner.class.getMethod("call")
                                    + " was called by an event loop. Return a Mono or a CompletableFuture, or call it elsewhere.");
        });
    }

    @Test
    void comesOnceForEachMethod() throws Exception {
        for (int i = 0; i < 5; i++) {
            call(eventLoop, partner::call);
        }
        for (int i = 0; i < 5; i++) {
            call(eventLoop, partner::callAnother);
        }

        assertThat(warnings.records())
                .extracting(LogRecord::getMessage)
                .satisfiesExactly(
                        first -> assertThat(first).contains("Partner.call()"),
                        second -> assertThat(second).contains("Partner.callAnother()"));
    }

    @Test
    void doesNotComeWhereBlockingIsAllowed() throws Exception {
        partner.call();

        call(elastic, partner::call);

        assertThat(warnings.records()).isEmpty();
    }

    @Test
    void doesNotComeForAMethodThatNeverWaits() throws Exception {
        call(eventLoop, partner::callNow);
        call(eventLoop, partner::callNow);

        assertThat(warnings.records()).isEmpty();
    }

    @Test
    void doesNotComeForMethodsThatDoNotBlock() throws Exception {
        call(eventLoop, () -> partner.mono().subscribe());
        call(eventLoop, () -> partner.mono().subscribe());
        call(eventLoop, partner::future);
        call(eventLoop, partner::future);

        assertThat(warnings.records()).isEmpty();
    }
}
