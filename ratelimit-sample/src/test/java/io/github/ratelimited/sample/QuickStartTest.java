package io.github.ratelimited.sample;

import static org.assertj.core.api.Assertions.assertThat;

import com.example.demo.DemoApplication;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.test.MutableTimeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.annotation.Bean;

/** docs/quick-start.md leads to the answers that it shows; its application is compiled beside this test. */
class QuickStartTest {

    /** What the sample has on its class path, and the project of the page has not. */
    private static final String NOT_THERE =
            "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration,"
                    + "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration";

    static class StandingTime {

        @Bean
        TimeSource time() {
            return new MutableTimeSource();
        }
    }

    @TempDir
    private Path resources;

    private Path configuration;

    @BeforeEach
    void begin() throws IOException {
        configuration = Files.writeString(resources.resolve("application.yml"), "");
    }

    @Test
    void theThirdCallIsDenied() throws Exception {
        assertAnswers("## 3. Start it", "## 4. Configure it");
    }

    @Test
    void theFourthCallIsDeniedWhenThreeAreConfigured() throws Exception {
        String section = PageWalk.section("quick-start.md", "## 4. Configure it", "## And then");
        int begin = section.indexOf("```yaml\n") + "```yaml\n".length();
        Files.writeString(configuration, section.substring(begin, section.indexOf("```\n", begin)));

        assertAnswers("## 4. Configure it", "## And then");
    }

    private void assertAnswers(String from, String to) throws Exception {
        try (var application = new SpringApplicationBuilder(DemoApplication.class, StandingTime.class)
                .run(
                        "--server.port=0",
                        "--spring.config.location=" + configuration.toUri(),
                        "--spring.autoconfigure.exclude=" + NOT_THERE)) {
            int port =
                    ((WebServerApplicationContext) application).getWebServer().getPort();
            assertThat(new PageWalk(port).follow(PageWalk.section("quick-start.md", from, to)))
                    .isEqualTo(1);
        }
    }
}
