package io.github.ratelimited;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A page that says by which test a promise is held says the truth. */
class NamedTestsTest {

    private static final Pattern TEST = Pattern.compile("`([A-Z]\\w*(?:Test|Fuzz|Contract|Run))(?:\\.(\\w+))?`");

    private static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        try (Stream<Path> files = Files.walk(Path.of(".."))) {
            files.filter(file -> file.toString().endsWith(".java")
                            && !file.toString().contains("target"))
                    .forEach(file -> sources.put(file.getFileName().toString().replace(".java", ""), read(file)));
        }
        return sources;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"threat-model.md", "reliability.md"})
    void thereIsEachTestThatAPageNames(String page) throws IOException {
        Map<String, String> sources = sources();
        Matcher named = TEST.matcher(Files.readString(Path.of("../docs", page)));
        int found = 0;
        for (; named.find(); found++) {
            assertThat(sources).containsKey(named.group(1));
            if (named.group(2) != null) {
                assertThat(sources.get(named.group(1))).as(named.group()).contains(" " + named.group(2) + "(");
            }
        }
        assertThat(found).isGreaterThan(10);
    }
}
