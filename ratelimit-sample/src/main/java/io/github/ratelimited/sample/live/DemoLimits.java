package io.github.ratelimited.sample.live;

import io.github.ratelimited.RateLimited;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** One call under each algorithm; whoever gives no name shares the permits of all who give none. */
@Service
class DemoLimits {

    /** Each method by the name of its limit; to be handed the bean, whose proxy does the limiting. */
    static Map<String, Function<@Nullable String, CompletableFuture<String>>> of(DemoLimits limits) {
        return Map.of(
                "token-bucket", limits::byTokenBucket,
                "sliding-window", limits::bySlidingWindow,
                "fixed-window", limits::byFixedWindow);
    }

    @RateLimited(name = "token-bucket", key = "#user")
    public CompletableFuture<String> byTokenBucket(@Nullable String user) {
        return served(user);
    }

    @RateLimited(name = "sliding-window", key = "#user")
    public CompletableFuture<String> bySlidingWindow(@Nullable String user) {
        return served(user);
    }

    @RateLimited(name = "fixed-window", key = "#user")
    public CompletableFuture<String> byFixedWindow(@Nullable String user) {
        return served(user);
    }

    private static CompletableFuture<String> served(@Nullable String user) {
        return CompletableFuture.completedFuture(user == null ? "served" : "served " + user);
    }
}
