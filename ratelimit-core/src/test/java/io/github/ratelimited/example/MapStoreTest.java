package io.github.ratelimited.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.test.LimiterStoreContract;
import io.github.ratelimited.test.MutableTimeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The example of a store is one, and what CONTRIBUTING.md shows is what is tested here. */
class MapStoreTest extends LimiterStoreContract {

    private final MutableTimeSource time = new MutableTimeSource(5_000_000_000L);
    private final LimiterStore store = new MapStore(time::nanoTime);

    @Override
    protected LimiterStore store() {
        return store;
    }

    @Override
    protected void pass(Duration duration) {
        time.advance(duration);
    }

    @Test
    void is_shown_to_whoever_writes_a_store_in_less_than_eighty_lines() throws IOException {
        List<String> source = Files.readAllLines(Path.of("src/test/java/io/github/ratelimited/example/MapStore.java"));
        assertThat(source).hasSizeLessThan(80);
        assertThat(Files.readString(Path.of("../CONTRIBUTING.md")))
                .contains("```java\n" + String.join("\n", source) + "\n```");
    }
}
