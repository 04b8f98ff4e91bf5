package io.github.ratelimited.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** CHANGELOG.md has the form of Keep a Changelog. */
class ChangelogTest {

    private final List<String> headings = Page.read(Page.ROOT.resolve("CHANGELOG.md"))
            .text()
            .lines()
            .filter(line -> line.startsWith("##"))
            .toList();

    @Test
    void beginsWithWhatIsNotReleased() {
        assertThat(headings).first().isEqualTo("## [Unreleased]");
    }

    @Test
    void hasVersionsWithDaysAndSixKindsOfChanges() {
        assertThat(headings.subList(1, headings.size()))
                .isNotEmpty()
                .allMatch(line -> line.matches("## \\[\\d+\\.\\d+\\.\\d+] - \\d{4}-\\d\\d-\\d\\d"
                        + "|### (Added|Changed|Deprecated|Removed|Fixed|Security)"));
    }
}
