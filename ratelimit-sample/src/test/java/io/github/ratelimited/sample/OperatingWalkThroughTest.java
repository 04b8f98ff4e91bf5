package io.github.ratelimited.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.autoconfigure.test.AutoConfigureRateLimitTest;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;

/** The first incident as docs/operating.md tells it: its commands, and after them what they are said to answer. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        // Its own application, whichever test was run before: it compares what was counted since the start.
        properties = "spring.application.name=incident")
@AutoConfigureRateLimitTest
@DirtiesContext
class OperatingWalkThroughTest {

    @LocalServerPort
    private int port;

    @Test
    void goesAsItIsTold() throws Exception {
        String incident = PageWalk.section("operating.md", "## The first incident", "## The endpoint");
        assertThat(new PageWalk(port).follow(incident)).isEqualTo(7);
    }
}
