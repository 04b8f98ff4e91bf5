package io.github.ratelimited.sample;

import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/** Fetches URLs, one task each, all begun at once and let through by the limit {@code fetch}; no thread waits. */
@Component
@Lazy // only the command wants an HTTP client
class Fetch {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final RateLimiter limiter;
    private final TimeSource time;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

    Fetch(RateLimiterRegistry registry, TimeSource time) {
        this.limiter = registry.get("fetch");
        this.time = time;
    }

    /** Prints each request as it completes; the future completes with the last one. */
    CompletableFuture<FetchSummary> start(List<URI> urls, PrintStream out) {
        out.println(urls.size() + " URLs at " + limiter.limit());
        long begin = time.nanoTime();
        List<CompletableFuture<Fetched>> tasks =
                urls.stream().map(url -> fetch(url, begin, out)).toList();
        return CompletableFuture.allOf(tasks.toArray(CompletableFuture<?>[]::new))
                .thenApply(allDone -> FetchSummary.of(
                        tasks.stream().map(CompletableFuture::join).toList(), time.nanoTime() - begin));
    }

    private CompletableFuture<Fetched> fetch(URI url, long begin, PrintStream out) {
        return limiter.acquireAsync().thenCompose(turn -> {
            long startedAt = time.nanoTime() - begin;
            HttpRequest request = HttpRequest.newBuilder(url).timeout(TIMEOUT).build();
            return client.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                    .handle((response, failure) -> {
                        double seconds = (double) startedAt / TimeUnit.SECONDS.toNanos(1);
                        out.printf(
                                Locale.ROOT,
                                "%8.3f  %s  %s%n",
                                seconds,
                                failure == null ? response.statusCode() : "ERR",
                                failure == null ? url : url + "  " + unwrapped(failure));
                        return new Fetched(startedAt, failure != null);
                    });
        });
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    /** What the summary must know of one request. */
    record Fetched(long startedAtNanos, boolean failed) {}
}
