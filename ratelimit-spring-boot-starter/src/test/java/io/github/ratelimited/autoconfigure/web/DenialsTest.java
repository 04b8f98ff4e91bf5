package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimitExceededException;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.springframework.context.support.StaticMessageSource;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;

class DenialsTest {

    private final RateLimitExceededException denial = new RateLimitExceededException(
            Decision.overLimit("orders", Limit.of(2, Duration.ofSeconds(10)), 1, 0, 5_000_000_000L, 0));

    @Test
    void itsTextsCanBeChangedAsThoseOfSpringsOwnProblems() {
        StaticMessageSource messages = new StaticMessageSource();
        String name = RateLimitExceededException.class.getName();
        messages.addMessage("problemDetail.title." + name, Locale.GERMAN, "Zu viele Anfragen");
        messages.addMessage("problemDetail." + name, Locale.GERMAN, "Bitte später wiederkommen");
        ProblemDetail problem = Denials.problem(denial, "/orders", messages, Locale.GERMAN);
        assertThat(problem.getTitle()).isEqualTo("Zu viele Anfragen");
        assertThat(problem.getDetail()).isEqualTo("Bitte später wiederkommen");
    }

    @Test
    void aPathIsTakenForNothingElse() {
        assertThat(problem("//evil.example/x").getInstance()).hasToString("/evil.example/x");
        assertThat(problem("/a b").getInstance()).hasToString("/");
    }

    private ProblemDetail problem(String path) {
        return Denials.problem(denial, path, new StaticMessageSource(), Locale.ENGLISH);
    }

    /** Of policy {@code local}: the client has had its share. */
    @Test
    void aStandInsDenialIsTheClients() {
        assertThat(Denials.status(
                        new RateLimitExceededException(denial.getDecision().ofStandIn())))
                .isEqualTo(HttpStatus.TOO_MANY_REQUESTS);
        assertThat(Denials.status(
                        new RateLimitExceededException(denial.getDecision().uncounted())))
                .isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
    }
}
