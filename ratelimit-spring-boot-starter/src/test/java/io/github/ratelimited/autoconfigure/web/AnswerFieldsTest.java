package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Web.Headers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AnswerFieldsTest {

    private final Map<String, String> answer = new HashMap<>();

    private static Decision allowed(String name, Limit limit, long remaining, long resetNanos) {
        return Decision.allowed(name, limit, 1, remaining, resetNanos, 0, 0, 0);
    }

    private static Limit limit(long permits, Duration period) {
        return Limit.of(permits, period);
    }

    @Test
    void aNameIsAStringOfAStructuredField() {
        assertThat(AnswerStyle.quoted("a\"b\\c\r\nSet-Cookie: x\u00fc\ud83d\ude00"))
                .isEqualTo("\"a\\\"b\\\\c%0D%0ASet-Cookie: x%C3%BC%F0%9F%98%80\"");
    }

    private AnswerFields fields(Headers style) {
        AnswerFields fields = new AnswerFields(new AnswerStyle(style, "outbound"::equals), answer::put);
        fields.takeOver();
        return fields;
    }

    @Test
    void secondsAreRoundedUp() {
        AnswerFields fields = fields(Headers.DRAFT);
        fields.decided(allowed("a", limit(5, Duration.ofMillis(1500)), 4, 1_000_000_001L));
        assertThat(answer).containsOnly(entry("RateLimit-Policy", "\"a\";q=5"), entry("RateLimit", "\"a\";r=4;t=2"));
    }

    @Test
    void aLimitThatIsAskedAgainIsToldOfOnce() {
        AnswerFields fields = fields(Headers.DRAFT);
        fields.decided(allowed("a", limit(5, Duration.ofSeconds(1)), 4, 0));
        fields.decided(allowed("b", limit(5, Duration.ofSeconds(1)), 1, 0));
        fields.decided(allowed("a", limit(5, Duration.ofSeconds(1)), 3, 0));
        assertThat(answer).containsEntry("RateLimit", "\"b\";r=1, \"a\";r=3");
    }

    @Test
    void inTheOldWayTheTightestIsToldOf() {
        AnswerFields fields = fields(Headers.LEGACY);
        fields.decided(Decision.ofAll(List.of(
                allowed("a", limit(100, Duration.ofSeconds(1)), 60, 0),
                allowed("b", limit(10, Duration.ofMinutes(1)), 5, 30_000_000_000L))));
        assertThat(answer)
                .containsOnly(
                        entry("X-RateLimit-Limit", "10"),
                        entry("X-RateLimit-Remaining", "5"),
                        entry("X-RateLimit-Reset", "30"));
    }

    /** A full bucket may hold more, or less, than a period's permits. */
    @Test
    void howTightALimitIsGoesByWhatItHolds() {
        Limit bursting = limit(10, Duration.ofSeconds(1)).withBurst(100);
        Decision half = allowed("a", bursting, 50, 0);
        Decision most = allowed("b", limit(10, Duration.ofSeconds(1)), 8, 0);
        fields(Headers.LEGACY).decided(Decision.ofAll(List.of(most, half)));
        assertThat(answer).containsEntry("X-RateLimit-Limit", "100").containsEntry("X-RateLimit-Remaining", "50");
    }

    @Test
    void aLimitThatIsChangedIsToldOfAsItIs() {
        AnswerFields fields = fields(Headers.DRAFT);
        fields.decided(allowed("a", limit(5, Duration.ofSeconds(1)), 4, 0));
        fields.decided(allowed("a", limit(7, Duration.ofSeconds(1)), 6, 0));
        assertThat(answer).containsEntry("RateLimit-Policy", "\"a\";q=7;w=1");
    }

    @Test
    void whatAStandInCountedIsToldOf() {
        Decision denied = Decision.overLimit("a", limit(5, Duration.ofSeconds(1)), 1, 0, 200_000_000, 1_000_000_000);
        fields(Headers.DRAFT).decided(denied.ofStandIn());
        assertThat(answer).containsEntry("RateLimit", "\"a\";r=0;t=1");
    }

    @Test
    void aLimitOfOurOwnRequestsIsNoConcernOfTheClient() {
        AnswerFields fields = fields(Headers.DRAFT);
        fields.decided(allowed("outbound", limit(5, Duration.ofSeconds(1)), 4, 0));
        assertThat(answer).isEmpty();
    }

    @Test
    void nothingIsToldOfWhatNobodyKnowsNorAfterTheAnswer() {
        AnswerFields none = fields(Headers.NONE);
        none.decided(allowed("a", limit(5, Duration.ofSeconds(1)), 4, 0));
        AnswerFields fields = fields(Headers.DRAFT);
        fields.decided(Decision.storeUnavailable(true, "a", limit(5, Duration.ofSeconds(1)), 1, 0));
        fields.over();
        fields.decided(allowed("a", limit(5, Duration.ofSeconds(1)), 4, 0));
        assertThat(answer).isEmpty();
    }

    @Test
    void whatAnotherThreadBringsIsToldWhenTheWriterTakesOver() throws InterruptedException {
        AnswerFields fields = fields(Headers.DRAFT);
        Thread other = new Thread(() -> fields.decided(allowed("a", limit(5, Duration.ofSeconds(1)), 4, 0)));
        other.start();
        other.join();
        assertThat(answer).isEmpty();
        fields.takeOver();
        assertThat(answer).containsEntry("RateLimit", "\"a\";r=4");
    }

    @Test
    void ofTwoKeysOfALimitTheTighterIsToldOf() {
        Limit limit = limit(5, Duration.ofSeconds(10));
        fields(Headers.DRAFT)
                .decided(Decision.ofAll(
                        List.of(Decision.overLimit("a", limit, 1, 0, 2_000_000_000, 0), allowed("a", limit, 4, 0))));
        assertThat(answer).containsEntry("RateLimit", "\"a\";r=0;t=2");
    }
}
