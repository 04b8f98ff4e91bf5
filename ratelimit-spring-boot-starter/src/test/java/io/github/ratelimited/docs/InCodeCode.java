package io.github.ratelimited.docs;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.reactor.RateLimitOperator;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Mono;

/** As docs/in-code.md has it. */
record InCodeCode(Partner partner, ScheduledExecutorService scheduler, String question) {

    interface Partner {

        String ask(String question);

        CompletableFuture<String> askAsync(String question);

        Mono<String> askMono(String question);
    }

    List<?> inAnApplication(RateLimiterRegistry registry, String user) throws Exception {
        RateLimiter api = registry.get("api").forKey(user); // the key of the annotation; without: one limit for all
        String answer = api.call(() -> partner.ask(question)); // over the rate: RateLimitExceededException
        String later = api.withMaxWait(Duration.ofSeconds(2)).call(() -> partner.ask(question)); // waits up to 2 s
        CompletableFuture<String> future = api.callAsync(() -> partner.askAsync(question)); // holds no thread
        Mono<String> mono = partner.askMono(question).transform(RateLimitOperator.of(api)); // each subscription counts
        return List.of(answer, later, future, mono);
    }

    CompletableFuture<Void> withoutSpring() throws InterruptedException {
        RateLimiter limiter = RateLimiter.create(Limit.of(5, Duration.ofSeconds(1)));
        if (limiter.tryAcquire()) { // takes a permit if there is one
            partner.ask(question);
        }
        limiter.acquire(); // waits for a permit, however long that takes
        CompletableFuture<Void> turn = limiter.acquireAsync(); // cancelled, it gives the permit back
        return turn;
    }

    void later(RateLimiter limiter) {
        Decision decision = limiter.tryAcquire(1, Duration.ofSeconds(2));
        if (decision.allowed()) {
            scheduler.schedule(() -> partner.ask(question), decision.waitTime().toNanos(), TimeUnit.NANOSECONDS);
        }
    }
}
