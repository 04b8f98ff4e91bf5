package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.aop.interceptor.AsyncUncaughtExceptionHandler;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.AsyncConfigurer;
import org.springframework.scheduling.annotation.EnableAsync;

/** {@code @Async} beside the limit: it is the asynchronous thread that is limited, unless the limit comes first. */
@Timeout(20)
class AsyncOrderTest {

    static class Mails {

        private int sent;

        @Async
        @RateLimited(permits = 1, per = "10s")
        public void send() {
            sent++;
        }

        @Async
        @RateLimited(permits = 1, per = "10s", maxWait = "forever")
        public void sendSomeTime() {
            sent++;
        }

        @Async
        @RateLimited(permits = 1, per = "10s")
        public CompletableFuture<String> ask() {
            return CompletableFuture.completedFuture("answer");
        }

        public int sent() {
            return sent;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAsync
    static class Threads implements AsyncConfigurer {

        private final Queue<Runnable> tasks = new ArrayDeque<>();
        private final List<Throwable> uncaught = new ArrayList<>();

        @Override
        public Executor getAsyncExecutor() {
            return tasks::add;
        }

        @Override
        public AsyncUncaughtExceptionHandler getAsyncUncaughtExceptionHandler() {
            return (failure, method, arguments) -> uncaught.add(failure);
        }

        void run() {
            while (!tasks.isEmpty()) {
                tasks.remove().run();
            }
        }
    }

    @AutoClose
    private final Application application = new Application();

    @Nested
    class ByDefault {

        private final Mails mails =
                application.start(Threads.class, Mails.class).bean(Mails.class);
        private final Threads threads = application.bean(Threads.class);

        @Test
        void aCallerIsNeitherDeniedNorBlocked() {
            assertThat(allowedOf(2, mails::send)).isEqualTo(2);
            assertThat(allowedOf(3, mails::sendSomeTime)).isEqualTo(3);
            assertThat(threads.tasks).hasSize(5);
        }

        @Test
        void theDenialOfAMethodWithoutResultGoesToTheHandlerOfUncaughtExceptions() {
            mails.send();
            mails.send();

            threads.run();

            assertThat(mails.sent()).isEqualTo(1);
            assertThat(threads.uncaught).singleElement().isInstanceOf(RateLimitExceededException.class);
        }

        @Test
        void aDenialComesThroughTheFuture() {
            CompletableFuture<String> first = mails.ask();
            CompletableFuture<String> second = mails.ask();
            assertThat(second).isNotDone();

            threads.run();

            assertThat(first).isCompletedWithValue("answer");
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(second::get)
                    .withCauseInstanceOf(RateLimitExceededException.class);
        }

        @Test
        void theAsynchronousThreadWaits() throws Exception {
            mails.sendSomeTime();
            mails.sendSomeTime();
            CompletableFuture<Void> thread = CompletableFuture.runAsync(threads::run, task -> new Thread(task).start());
            application.time().awaitParkedThreads(1);

            application.advance(Duration.ofSeconds(10));

            thread.get(10, TimeUnit.SECONDS);
            assertThat(mails.sent()).isEqualTo(2);
        }
    }

    @Nested
    class IfTheLimitComesFirst {

        private final Mails mails =
                application.limitFirst().start(Threads.class, Mails.class).bean(Mails.class);
        private final Threads threads = application.bean(Threads.class);

        @Test
        void aDeniedCallTakesNoThread() {
            assertThat(allowedOf(9, mails::send)).isEqualTo(1);
            assertThat(threads.tasks).hasSize(1);
        }

        @Test
        void aDeniedFutureIsDoneAtOnceAndTakesNoThread() {
            mails.ask();

            assertThat(mails.ask())
                    .failsWithin(Duration.ZERO)
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(RateLimitExceededException.class);
            assertThat(threads.tasks).hasSize(1);
        }
    }
}
