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
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
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

    /** Prints each request as it completes; the future completes with the last one, however long that has to wait. */
    CompletableFuture<FetchSummary> start(List<URI> urls, PrintStream out) {
        out.println(urls.size() + " URLs at " + limiter.limit());
        return start(urls, limiter.withMaxWait(ChronoUnit.FOREVER.getDuration()), fetched -> out.println(fetched));
    }

    /**
     * Hands each request on as it completes, from whichever thread; the future completes after the last one. Cancelling it
     * cancels those that still wait. Who would have to wait longer than the limit lets him is denied.
     */
    CompletableFuture<FetchSummary> start(List<URI> urls, Consumer<Fetched> completed) {
        return start(urls, limiter, completed);
    }

    private CompletableFuture<FetchSummary> start(List<URI> urls, RateLimiter limiter, Consumer<Fetched> completed) {
        long begin = time.nanoTime();
        CompletableFuture<FetchSummary> all = new CompletableFuture<>();
        List<CompletableFuture<Fetched>> tasks = new ArrayList<>();
        for (URI url : urls) {
            CompletableFuture<Fetched> call = limiter.callAsync(() -> request(url, begin));
            all.whenComplete((summary, cancelled) -> call.cancel(true));
            tasks.add(call.exceptionally(denied -> failed(url, begin, denied)).whenComplete((fetched, never) -> {
                if (!all.isDone()) {
                    completed.accept(fetched);
                }
            }));
        }
        CompletableFuture.allOf(tasks.toArray(CompletableFuture<?>[]::new))
                .thenApply(allDone -> FetchSummary.of(
                        tasks.stream().map(CompletableFuture::join).toList(), time.nanoTime() - begin))
                .whenComplete((summary, failure) -> {
                    if (failure == null) {
                        all.complete(summary);
                    } else {
                        all.completeExceptionally(failure);
                    }
                });
        return all;
    }

    private CompletableFuture<Fetched> request(URI url, long begin) {
        long startedAt = time.nanoTime() - begin;
        HttpRequest request = HttpRequest.newBuilder(url).timeout(TIMEOUT).build();
        return client.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                .handle((response, failure) -> new Fetched(
                        url,
                        startedAt,
                        time.nanoTime() - begin,
                        failure == null ? response.statusCode() : null,
                        failure == null ? null : unwrapped(failure).toString()));
    }

    private Fetched failed(URI url, long begin, Throwable failure) {
        long now = time.nanoTime() - begin;
        return new Fetched(url, now, now, null, unwrapped(failure).toString());
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    /**
     * What became of one request.
     *
     * @param startedAtNanos since the beginning of all; of one that was denied, when that was
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
