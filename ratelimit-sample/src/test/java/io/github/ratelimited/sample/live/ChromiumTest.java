package io.github.ratelimited.sample.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** What becomes of the tests of the page where there is no browser. */
class ChromiumTest {

    private static final List<Path> NOWHERE = List.of(Path.of("no/such/chromium"));

    @Test
    void theyAreSkippedWithTheReason() {
        assertThatExceptionOfType(TestAbortedException.class)
                .isThrownBy(() -> Chromium.choose(NOWHERE, false))
                .withMessageContaining("no/such/chromium")
                .withMessageContaining("The page is not tested");
    }

    @Test
    void theyFailInContinuousIntegrationAndSayWhatToInstall() {
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> Chromium.choose(NOWHERE, true))
                .withMessageContaining("apt-get install chromium");
    }

    @Test
    void theFirstThatIsThereIsTaken() {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        assertThat(Chromium.choose(List.of(NOWHERE.get(0), java), true)).isEqualTo(java);
    }
}
