package io.github.ratelimited.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.springframework.core.SpringVersion;

/** The part of {@code docs/performance.md} that a run makes, and its chart. */
final class PerformancePage {

    private static final String BEGIN = "<!-- Made by the run: begin -->";
    private static final String END = "<!-- Made by the run: end -->";

    private final Path docs;

    /** Of the project whose module or root the run was started in. */
    PerformancePage() {
        Path here = Path.of("docs");
        docs = Files.isDirectory(here) ? here : Path.of("..", "docs");
    }

    void write(Report report) throws IOException {
        Path page = docs.resolve("performance.md");
        String text = Files.readString(page);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IllegalStateException(
                    page + " has no lines \"" + BEGIN + "\" and \"" + END + "\" to write between");
        }
        Files.writeString(
                page,
                text.substring(0, begin + BEGIN.length())
                        + "\n\n" + machine() + "\n\n![Cost beside the floor](images/performance.svg)\n"
                        + String.join("\n", report.lines()) + "\n\n" + text.substring(end));
        Files.createDirectories(docs.resolve("images"));
        Files.writeString(docs.resolve("images").resolve("performance.svg"), Chart.of(report.bars()));
        System.out.println("\nWritten: " + page + " and its chart");
    }

    private static String machine() {
        return String.join(
                        "\n",
                        List.of("Measured on " + LocalDate.now(ZoneOffset.UTC) + ": "
                                + Runtime.getRuntime().availableProcessors() + " cores, "
                                + System.getProperty("os.arch") + ", " + System.getProperty("os.name") + ", JDK "
                                + System.getProperty("java.version") + ", Spring Framework "
                                + SpringVersion.getVersion() + "."))
                .strip();
    }
}
