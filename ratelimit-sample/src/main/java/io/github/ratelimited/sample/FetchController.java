package io.github.ratelimited.sample;

import io.github.ratelimited.RateLimited;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** The command {@code --fetch} for the page: fetches paths of a {@link DemoUpstream}, and tells of each when it is done. */
@RestController
class FetchController {

    private static final long FOREVER = 0;

    private final ObjectProvider<Fetch> fetch;
    private final ObjectProvider<DemoUpstream> upstream;

    FetchController(ObjectProvider<Fetch> fetch, ObjectProvider<DemoUpstream> upstream) {
        this.fetch = fetch;
        this.upstream = upstream;
    }

    /** @param paths one a line */
    record Wish(String paths) {

        Wish {
            Objects.requireNonNull(paths, "paths");
        }
    }

    /**
     * What the page is told of a request: times since the beginning, and a status if there was an answer.
     *
     * @param path as it was sent, with its query, so that the page finds it among its own
     */
    record Line(
            String path,
            long startedAtNanos,
            long endedAtNanos,
            @Nullable Integer status) {}

    @PostMapping(
            path = "/demo/fetch",
            consumes = MediaType.APPLICATION_JSON_VALUE,
            produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @RateLimited(name = "fetches", permits = 20, per = "1m") // whoever begins one makes up to a hundred others wait
    public SseEmitter fetch(@RequestBody Wish wish) {
        List<URI> paths = UrlList.paths(wish.paths());
        DemoUpstream server = upstream.getObject();
        SseEmitter answer = new SseEmitter(FOREVER);
        CompletableFuture<FetchSummary> fetching =
                fetch.getObject().start(paths.stream().map(server::resolve).toList(), fetched -> send(answer, fetched));
        answer.onCompletion(() -> fetching.cancel(true)); // also when the client has gone
        fetching.whenComplete((summary, failure) -> answer.complete());
        return answer;
    }

    private static void send(SseEmitter answer, Fetch.Fetched fetched) {
        Line line = new Line(
                pathAndQuery(fetched.url()), fetched.startedAtNanos(), fetched.endedAtNanos(), fetched.status());
        try {
            answer.send(SseEmitter.event().data(line, MediaType.APPLICATION_JSON));
        } catch (IOException | IllegalStateException nobodyReads) {
            answer.completeWithError(nobodyReads);
        }
    }

    private static String pathAndQuery(URI url) {
        return url.getRawQuery() == null ? url.getRawPath() : url.getRawPath() + "?" + url.getRawQuery();
    }

    @ExceptionHandler
    ProblemDetail wrong(IllegalArgumentException wrong) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, String.valueOf(wrong.getMessage()));
    }
}
