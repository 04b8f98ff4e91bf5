package io.github.ratelimited.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The BOM, which only a release builds, has what is published. */
class BomTest {

    private final String parent = Page.read(Page.ROOT.resolve("pom.xml")).text();
    private final String bom =
            Page.read(Page.ROOT.resolve("ratelimit-core/bom/pom.xml")).text();

    @Test
    void listsEachModuleButTheSample() {
        List<String> listed =
                find(bom.substring(bom.indexOf("<dependencyManagement>")), "<artifactId>(ratelimit-[^<]+)<");
        assertThat(Stream.concat(listed.stream(), Stream.of("ratelimit-sample", "ratelimit-core/bom")))
                .containsExactlyInAnyOrderElementsOf(find(parent, "<module>([^<]+)<"));
    }

    @Test
    void isOfTheVersionOfItsParent() {
        assertThat(find(bom, "<artifactId>ratelimit-parent</artifactId>\\s*<version>([^<]+)<"))
                .isEqualTo(find(parent, "<artifactId>ratelimit-parent</artifactId>\\s*<version>([^<]+)<"));
    }

    private static List<String> find(String text, String pattern) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(found -> found.group(1))
                .toList();
    }
}
