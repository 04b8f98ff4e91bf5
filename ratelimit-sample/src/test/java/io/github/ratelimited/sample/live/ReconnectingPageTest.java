package io.github.ratelimited.sample.live;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions.HasTextOptions;
import io.github.ratelimited.sample.SampleApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** What the page says while its server is gone, and that nobody has to reload it. */
@Timeout(120)
class ReconnectingPageTest {

    private static final HasTextOptions PATIENTLY = new HasTextOptions().setTimeout(30_000);

    @Test
    void saysThatTheServerIsGoneAndConnectsAgain() {
        try (Chromium chromium = Chromium.start()) {
            Page page = chromium.browser().newPage();
            int port;
            try (ConfigurableApplicationContext sample = start(0)) {
                port = sample.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
                page.navigate("http://localhost:" + port + "/");
                assertThat(page.locator("#connection")).hasText("Live", PATIENTLY);
            }
            assertThat(page.locator("#connection")).hasText("The server does not answer; trying again…", PATIENTLY);
            page.locator("#burst").click();
            assertThat(page.locator("#problem")).hasText("The server does not answer; nothing was changed.", PATIENTLY);

            try (ConfigurableApplicationContext again = start(port)) {
                assertThat(again.isRunning()).isTrue();
                assertThat(page.locator("#connection")).hasText("Live", PATIENTLY);
            }
        }
    }

    private static ConfigurableApplicationContext start(int port) {
        return SpringApplication.run(SampleApplication.class, "--server.port=" + port);
    }
}
