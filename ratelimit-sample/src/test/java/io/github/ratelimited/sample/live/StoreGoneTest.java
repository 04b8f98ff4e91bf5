package io.github.ratelimited.sample.live;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import io.github.ratelimited.sample.SampleApplication;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** What is shown while there is no Redis to count in. */
@Timeout(120)
class StoreGoneTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    allow | The store gives no answer: calls are allowed, and not counted. | 0
                    deny  | The store gives no answer: calls are denied.                   | 0
                    local | The store gives no answer: this node counts alone.             | 1
                    """)
    void theProblemIsToldAndNoNumberThatMeansNothing(String policy, String problem, int permits) throws IOException {
        try (ConfigurableApplicationContext sample = start(policy)) {
            LiveState state = sample.getBean(LiveStates.class).now();
            assertThat(state.problem()).isEqualTo(problem);
            assertThat(state.permits()).hasSize(permits);
        }
    }

    @Test
    void thePageShowsTheProblem() throws IOException {
        try (ConfigurableApplicationContext sample = start("deny");
                Chromium chromium = Chromium.start()) {
            Page page = chromium.browser().newPage();
            page.navigate("http://localhost:" + sample.getEnvironment().getProperty("local.server.port") + "/");
            assertThat(page.locator("#remaining")).hasText("The store gives no answer: calls are denied.");
        }
    }

    private static ConfigurableApplicationContext start(String policy) throws IOException {
        return SpringApplication.run(
                SampleApplication.class,
                "--server.port=0",
                "--spring.profiles.active=redis",
                "--spring.data.redis.port=" + closedPort(),
                "--ratelimit.defaults.on-store-failure=" + policy);
    }

    private static int closedPort() throws IOException {
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return closed.getLocalPort();
        }
    }
}
