package io.github.ratelimited.sample.live;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** What the page asks for; what changes something takes JSON alone, which no other site's form can send. */
@RestController
@RequestMapping("/demo")
class LiveController {

    /** As long as the page has patience. */
    private static final long MOST_MILLIS = 20_000;

    private final Traffic traffic;
    private final DemoCalls calls;
    private final LiveEvents events;

    LiveController(Traffic traffic, DemoCalls calls, LiveEvents events) {
        this.traffic = traffic;
        this.calls = calls;
        this.events = events;
    }

    record Burst(int calls) {}

    @GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    SseEmitter events() {
        return events.watch();
    }

    /**
     * One call as a client of the application makes it. Its wait ends with its request: at the latest after
     * {@link #MOST_MILLIS}, since Tomcat does not notice that a client has gone before it writes to him.
     */
    @GetMapping(path = "/call", produces = MediaType.TEXT_PLAIN_VALUE)
    DeferredResult<String> call(@RequestParam String limit, @RequestParam(required = false) @Nullable String user) {
        CompletableFuture<String> call = calls.call(limit, user);
        DeferredResult<String> answer = new DeferredResult<>(MOST_MILLIS);
        answer.onCompletion(() -> call.cancel(true));
        call.whenComplete((said, failure) -> {
            if (failure == null) {
                answer.setResult(said);
            } else {
                answer.setErrorResult(failure);
            }
        });
        return answer;
    }

    @PostMapping(path = "/traffic", consumes = MediaType.APPLICATION_JSON_VALUE)
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void traffic(@RequestBody TrafficWish wish) {
        traffic.change(wish);
    }

    @PostMapping(path = "/burst", consumes = MediaType.APPLICATION_JSON_VALUE)
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void burst(@RequestBody Burst burst) {
        traffic.burst(burst.calls());
    }

    @ExceptionHandler({IllegalArgumentException.class, HttpMessageNotReadableException.class})
    ProblemDetail wrong(Exception wrong) {
        Throwable cause = NestedExceptionUtils.getMostSpecificCause(wrong);
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, String.valueOf(cause.getMessage()));
    }
}
