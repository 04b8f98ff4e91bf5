package io.github.ratelimited.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** docs/properties.md tells of the properties that there are. */
class PropertiesPageTest {

    @Test
    void isWhatTheMetadataSays() throws IOException {
        Path file = Page.ROOT.resolve("docs/properties.md");
        String page = new PropertyReference().page();
        if (Boolean.getBoolean("update.docs")) {
            Files.writeString(file, page);
        }
        assertThat(file)
                .as("stale; write it anew by mvn test -Dtest=PropertiesPageTest -Dupdate.docs=true")
                .hasContent(page);
    }

    @Test
    void hasEachPropertyOfTheMetadata() {
        String page = new PropertyReference().page();
        assertThat(KnownProperties.inTheClassPath())
                .extracting(property -> property.get("name").toString())
                .filteredOn(name -> name.startsWith("ratelimit."))
                .hasSizeGreaterThan(25)
                .allSatisfy(name -> assertThat(page).containsPattern("\\| `" + name + "[`.\\[]"));
    }
}
