package io.github.ratelimited.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.autoconfigure.test.AutoConfigureRateLimitTest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The sample answers what docs/sample.md and docs/http.md say that it answers. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@AutoConfigureRateLimitTest
class SamplePageTest {

    @LocalServerPort
    private int port;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    sample.md | ## Denied             | ## Waiting             | 3
                    http.md   | ## A denied request   | ## An allowed request  | 1
                    http.md   | ## An allowed request | ## Limits of routes    | 1
                    """)
    void answersAsThePageSays(String page, String from, String to, int answers) throws Exception {
        assertThat(new PageWalk(port).follow(PageWalk.section(page, from, to))).isEqualTo(answers);
    }
}
