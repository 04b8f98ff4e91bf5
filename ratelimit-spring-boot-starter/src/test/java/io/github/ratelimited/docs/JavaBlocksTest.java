package io.github.ratelimited.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Java that a page shows is compiled. */
class JavaBlocksTest {

    private static final Map<Path, String> SOURCES = Sources.java();

    static Stream<Block> blocks() {
        return Page.blocks("java");
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void aBlockStandsInASource(Block block) {
        String code = "\n" + String.join("\n", block.lines()) + "\n";
        assertThat(SOURCES.values().stream().anyMatch(source -> source.contains(code)))
                .as("%s: the same lines, however indented, in one of the sources:%s", block, code)
                .isTrue();
    }

    @Test
    void theExampleOfAStoreIsShort() {
        Path store = Page.ROOT.resolve("ratelimit-core/src/test/java/io/github/ratelimited/example/MapStore.java");
        assertThat(SOURCES.get(store).strip().lines()).hasSizeLessThan(80);
    }
}
