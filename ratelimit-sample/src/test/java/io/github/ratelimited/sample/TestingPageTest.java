package io.github.ratelimited.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The test that docs/testing.md shows is one that is run here. */
class TestingPageTest {

    @Test
    void showsATestOfTheSample() throws Exception {
        String source = Files.readString(Path.of("src/test/java/io/github/ratelimited/sample/ShopLimitTest.java"));
        assertThat(Files.readString(Path.of("../docs/testing.md")))
                .contains("```java\n" + source.substring(source.indexOf("@SpringBootTest")) + "```");
    }
}
