package io.github.ratelimited.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pages lead where they say, and have nothing that no test looks at. */
class PagesTest {

    private static final List<String> LANGUAGES = List.of("java", "yaml", "xml", "shell", "json", "http", "sql");

    static Stream<Page> pages() {
        return Page.all().stream();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void linksLeadToFilesAndHeadings(Page page) {
        for (String link : page.links()) {
            if (!link.startsWith("https://")) {
                String[] parts = link.split("#", 2);
                Path file = parts[0].isEmpty() ? page.file() : page.file().resolveSibling(parts[0]);
                assertThat(file).as("%s: %s", page.name(), link).exists();
                if (parts.length == 2) {
                    assertThat(Page.read(file).anchors())
                            .as("%s: %s", page.name(), link)
                            .contains(parts[1]);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void eachBlockIsOfALanguageThatATestReads(Page page) {
        assertThat(page.blocks())
                .allSatisfy(block ->
                        assertThat(block.language()).as(block.toString()).isIn(LANGUAGES));
        assertThat(page.text().lines().filter(line -> line.strip().startsWith("```")))
                .as("fences of %s", page.name())
                .hasSize(2 * page.blocks().size());
    }

    @Test
    void theIndexHasEachPage() throws Exception {
        List<String> listed = Page.read(Page.ROOT.resolve("docs/README.md")).links();
        try (Stream<Path> files = Files.list(Page.ROOT.resolve("docs"))) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> file.getFileName().toString()))
                    .allSatisfy(name -> assertThat(name).isIn(listed.contains(name) ? name : "README.md"));
        }
    }

    @Test
    void theReadmeIsOneScreen() {
        assertThat(Page.read(Page.ROOT.resolve("README.md")).text().lines()).hasSizeLessThanOrEqualTo(70);
    }
}
