package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What the log tells of denials. */
@ExtendWith(OutputCaptureExtension.class)
class DenialLogTest {

    private static final Limit LIMIT = Limit.of(5, Duration.ofMinutes(1));

    private final LoggingSystem logging = LoggingSystem.get(getClass().getClassLoader());
    private final MutableTimeSource time = new MutableTimeSource();
    private final DenialLog log = new DenialLog(time);

    @AfterEach
    void asBefore() {
        logging.setLogLevel(DenialLog.NAME, null);
    }

    private void deny(String limit, int times) {
        AcquireRequest request = AcquireRequest.of(new Claim(LimitName.of(limit), LIMIT, "alice", 1, 0));
        for (int i = 0; i < times; i++) {
            log.decided(request, Decision.overLimit(limit, LIMIT, 1, 0, 2_400_000_000L, 0));
            log.decided(request, Decision.allowed(limit, LIMIT, 1, 4, 0, 0, 0, 0));
        }
    }

    @Test
    void eachDenialIsOneLineAtDebugWithoutItsKey(CapturedOutput output) {
        logging.setLogLevel(DenialLog.NAME, LogLevel.DEBUG);
        deny("login", 2);
        assertThat(output.toString().lines().filter(line -> line.contains("denied by 'login'")))
                .hasSize(2)
                .allMatch(line -> line.contains("(5 per 1m), cost 1, remaining 0, OVER_LIMIT, retry after 2.4s"));
        assertThat(output).doesNotContain("alice").doesNotContain("allowed");
    }

    @Test
    void fewDenialsAreNotWorthAWarning(CapturedOutput output) {
        deny("login", DenialLog.FLOOD - 1);
        assertThat(output).doesNotContain("login");
    }

    @Test
    void aFloodIsOneWarningAMinute(CapturedOutput output) {
        deny("login", DenialLog.FLOOD);
        assertThat(output).contains("Rate limit 'login' has denied 1000 calls within a minute, 1000 since the start");
        deny("login", 3 * DenialLog.FLOOD);
        time.advance(Duration.ofSeconds(59));
        deny("login", DenialLog.FLOOD);
        assertThat(output.toString().lines().filter(line -> line.contains("WARN")))
                .hasSize(1);
        time.advance(Duration.ofSeconds(1));
        deny("login", DenialLog.FLOOD);
        assertThat(output).contains("6000 since the start");
        assertThat(output.toString().lines().filter(line -> line.contains("WARN")))
                .hasSize(2);
    }

    @Test
    void asManyOverALongTimeAreNoFlood(CapturedOutput output) {
        deny("slow", DenialLog.FLOOD - 1);
        time.advance(Duration.ofSeconds(61));
        deny("slow", 1);
        assertThat(output).doesNotContain("slow");
    }

    @Test
    void eachLimitIsToldOfByItself(CapturedOutput output) {
        deny("a", DenialLog.FLOOD);
        deny("b", DenialLog.FLOOD);
        assertThat(output).contains("'a' has denied").contains("'b' has denied");
    }
}
