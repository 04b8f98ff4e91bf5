package io.github.ratelimited;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.resource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.beans.factory.aot.AotServices;

class ResourceHintsTest {

    @Test
    void everyScriptAndSchemaIsKeptInANativeImage() throws Exception {
        RuntimeHints hints = new RuntimeHints();
        for (RuntimeHintsRegistrar each : AotServices.factories().load(RuntimeHintsRegistrar.class)) {
            each.registerHints(hints, getClass().getClassLoader());
        }
        assertThat(files())
                .hasSizeGreaterThanOrEqualTo(14)
                .allSatisfy(file -> assertThat(resource().forResource(file)).accepts(hints));
    }

    /** What lies beside our classes. */
    private static List<String> files() throws Exception {
        Path classes = Path.of(RateLimited.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (Stream<Path> all = Files.walk(classes.resolve("io"))) {
            return all.filter(Files::isRegularFile)
                    .map(file -> classes.relativize(file).toString().replace('\\', '/'))
                    .filter(file -> !file.endsWith(".class"))
                    .toList();
        }
    }
}
