package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimited;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.util.function.SingletonSupplier;
import reactor.core.publisher.Mono;

/** Woven calls wait without a thread as well: they go on after the join point has been left. */
@Timeout(20)
@ExtendWith(WovenByAspectJ.class)
class WovenAsyncMethodTest {

    static class Client {

        private final List<String> calls = new CopyOnWriteArrayList<>();

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        private CompletableFuture<String> future(String name) {
            calls.add(name);
            return CompletableFuture.completedFuture(name);
        }

        @RateLimited(permits = 1, per = "5s", maxWait = "25s")
        private CompletableFuture<String> outer(String name) {
            return future("inner " + name);
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        private Mono<String> mono(String name) {
            return Mono.fromSupplier(() -> {
                calls.add(name);
                return name;
            });
        }

        @RateLimited(permits = 1, per = "10s", fallback = "cached")
        private CompletableFuture<String> price(String item) {
            return CompletableFuture.completedFuture("fresh " + item);
        }

        CompletableFuture<String> cached(String item) {
            return CompletableFuture.completedFuture("cached " + item);
        }

        @RateLimited(permits = 1, per = "10s")
        private CompletableFuture<String> futureNow() {
            return CompletableFuture.completedFuture("now");
        }
    }

    /** An application that woven calls are limited by. */
    private static final class Woven implements AutoCloseable {

        private final Application application = new Application().start();
        private final Supplier<MethodPlans> plans = SingletonSupplier.of(() -> application.bean(MethodPlans.class));

        Woven() {
            RateLimitAspect.aspectOf().use(plans);
        }

        @Override
        public void close() {
            RateLimitAspect.aspectOf().release(plans);
            application.close();
        }
    }

    private final Client client = new Client();

    @Test
    void aFutureFollowsAtItsTurn() throws Exception {
        try (Woven woven = new Woven()) {
            client.future("first");
            CompletableFuture<String> second = client.future("second");
            CompletableFuture<String> third = client.future("third");
            assertThat(second).isNotDone();
            assertThat(woven.application.time().parkedThreads()).isZero();

            CompletableFuture.runAsync(() -> woven.application.advance(Duration.ofSeconds(20)))
                    .get(10, TimeUnit.SECONDS);

            assertThat(second).isCompletedWithValue("second");
            assertThat(third).isCompletedWithValue("third");
            assertThat(client.calls).containsExactly("first", "second", "third");
        }
    }

    @Test
    void aFutureFollowsThroughAWovenCallInAnother() throws Exception {
        try (Woven woven = new Woven()) {
            client.outer("first");
            CompletableFuture<String> second = client.outer("second");
            assertThat(client.calls).containsExactly("inner first");

            CompletableFuture.runAsync(() -> woven.application.advance(Duration.ofSeconds(10)))
                    .get(10, TimeUnit.SECONDS);

            assertThat(second).isCompletedWithValue("inner second");
            assertThat(client.calls).containsExactly("inner first", "inner second");
        }
    }

    @Test
    void aDenialComesThroughTheFuture() {
        try (Woven woven = new Woven()) {
            client.futureNow();

            assertThat(client.futureNow()).isCompletedExceptionally();
            woven.application.advance(Duration.ofSeconds(10));
            assertThat(client.futureNow()).isCompletedWithValue("now");
        }
    }

    @Test
    void aCancelledFutureGivesItsPermitBack() {
        try (Woven woven = new Woven()) {
            client.future("first");
            client.future("second").cancel(false);
            CompletableFuture<String> third = client.future("third");

            woven.application.advance(Duration.ofSeconds(10));

            assertThat(third).isCompletedWithValue("third");
            assertThat(client.calls).containsExactly("first", "third");
        }
    }

    @Test
    void aMonoAsksAtEachSubscription() {
        try (Woven woven = new Woven()) {
            Mono<String> call = client.mono("again");
            assertThat(call.block()).isEqualTo("again");
            CompletableFuture<String> second = call.toFuture();
            CompletableFuture<String> third = call.toFuture();
            CompletableFuture<String> fourth = call.toFuture();

            assertThat(second).isNotDone();
            assertThat(fourth.isCompletedExceptionally()).isTrue();
            woven.application.advance(Duration.ofSeconds(20));
            assertThat(second).isCompletedWithValue("again");
            assertThat(third).isCompletedWithValue("again");
        }
    }

    @Test
    void aDeniedFutureHasItsFallback() {
        try (Woven woven = new Woven()) {
            assertThat(client.price("tea")).isCompletedWithValue("fresh tea");
            assertThat(client.price("tea")).isCompletedWithValue("cached tea");
            assertThat(woven.application.isRunning()).isTrue();
        }
    }
}
