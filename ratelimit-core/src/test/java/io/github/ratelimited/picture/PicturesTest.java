package io.github.ratelimited.picture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The pictures of the docs are what the limiters do. With {@code -Dupdate.docs=true} they are drawn anew. */
class PicturesTest {

    @Test
    void theAlgorithmsDoWhatTheirPictureShows() throws IOException {
        isDrawn("algorithms.svg", AlgorithmsPicture.svg());
    }

    @Test
    void waitingCallsTakePlaceWhenTheirPictureShows() throws IOException {
        isDrawn("waiting.svg", WaitingPicture.svg());
    }

    private static void isDrawn(String name, String svg) throws IOException {
        Path file = Path.of("../docs/images", name);
        if (Boolean.getBoolean("update.docs")) {
            Files.writeString(file, svg);
        }
        assertThat(file)
                .as("drawn anew by mvn test -Dtest=PicturesTest -Dupdate.docs=true")
                .hasContent(svg);
    }
}
