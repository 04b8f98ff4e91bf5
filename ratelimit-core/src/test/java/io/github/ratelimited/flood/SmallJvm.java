package io.github.ratelimited.flood;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Java of its own, with a small heap, that runs a main class of the tests. */
final class SmallJvm {

    private SmallJvm() {}

    /** What it printed; what begins with {@code figure:} is printed here as well. It must end by itself, and well. */
    static List<String> run(Class<?> main, String heap) throws IOException, InterruptedException {
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + heap,
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName())
                .redirectErrorStream(true)
                .start();
        try {
            String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(java.waitFor()).as(output).isZero();
            List<String> lines = output.lines().toList();
            lines.stream().filter(line -> line.startsWith("figure:")).forEach(System.out::println);
            return lines;
        } finally {
            java.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
        }
    }
}
