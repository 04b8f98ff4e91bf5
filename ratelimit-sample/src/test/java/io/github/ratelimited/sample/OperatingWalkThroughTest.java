package io.github.ratelimited.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.autoconfigure.test.AutoConfigureRateLimitTest;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;

/** The first incident as docs/operating.md tells it: its commands, and after them what they are said to answer. */
@SpringBootTest(
        args = {"--ratelimit.limits.orders.per=10m", "--ratelimit.limits.greetings.per=10m"},
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        // Its own application, whichever test was run before: it compares what was counted since the start.
        properties = "spring.application.name=incident")
@AutoConfigureRateLimitTest
@DirtiesContext
class OperatingWalkThroughTest {

    @LocalServerPort
    private int port;

    @Autowired
    private ApplicationArguments arguments;

    @Test
    void goesAsItIsTold() throws Exception {
        String incident = PageWalk.section("operating.md", "## The first incident", "## The endpoint");
        assertThat(incident)
                .contains("\"-Dspring-boot.run.arguments=" + String.join(" ", arguments.getSourceArgs()) + "\"\n");
        assertThat(new PageWalk(port).follow(incident)).isEqualTo(7);
    }
}
