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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
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
        return start(urls, fetched -> out.println(fetched));
    }

    /** Hands each request on as it completes, from whichever thread; the future completes after the last one. */
    CompletableFuture<FetchSummary> start(List<URI> urls, Consumer<Fetched> completed) {
        long begin = time.nanoTime();
        List<CompletableFuture<Fetched>> tasks = urls.stream()
                .map(url -> fetch(url, begin).whenComplete((fetched, never) -> completed.accept(fetched)))
                .toList();
        return CompletableFuture.allOf(tasks.toArray(CompletableFuture<?>[]::new))
                .thenApply(allDone -> FetchSummary.of(
                        tasks.stream().map(CompletableFuture::join).toList(), time.nanoTime() - begin));
    }

    private CompletableFuture<Fetched> fetch(URI url, long begin) {
        return limiter.acquireAsync().thenCompose(turn -> {
            long startedAt = time.nanoTime() - begin;
            HttpRequest request = HttpRequest.newBuilder(url).timeout(TIMEOUT).build();
            return client.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                    .handle((response, failure) -> new Fetched(
                            url,
                            startedAt,
                            time.nanoTime() - begin,
                            failure == null ? response.statusCode() : null,
                            failure == null ? null : unwrapped(failure).toString()));
        });
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    /**
     * What became of one request.
     *
     * @param startedAtNanos since the beginning of all
     * @param endedAtNanos the same of its answer
     * @param status {@code null} = there was no answer, for the reason in {@code failure}
     */
    record Fetched(
            URI url,
            long startedAtNanos,
            long endedAtNanos,
            @Nullable Integer status,
            @Nullable String failure) {

        boolean failed() {
            return failure != null;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%8.3f  %s  %s",
                    (double) startedAtNanos / TimeUnit.SECONDS.toNanos(1),
                    status == null ? "ERR" : status,
                    failure == null ? url : url + "  " + failure);
        }
    }
}
