package io.github.ratelimited.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files that the build compiles, and those that say how. */
final class Sources {

    private static final List<String> MODULES =
            List.of("ratelimit-core", "ratelimit-spring-boot-starter", "ratelimit-sample");

    private Sources() {}

    /** By their paths, each line without its indentation. */
    static Map<Path, String> java() {
        Map<Path, String> sources = new TreeMap<>();
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(Page.ROOT.resolve(module).resolve("src"))) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(file -> sources.put(file, flat(file)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return sources;
    }

    static boolean haveClass(String simpleName) {
        return java().keySet().stream()
                .anyMatch(file -> file.getFileName().toString().equals(simpleName + ".java"));
    }

    /** The POMs, one after the other. */
    static String poms() {
        return Stream.concat(Stream.of("."), MODULES.stream())
                .map(module ->
                        Page.read(Page.ROOT.resolve(module).resolve("pom.xml")).text())
                .collect(Collectors.joining("\n"));
    }

    private static String flat(Path file) {
        return Page.read(file).text().lines().map(String::strip).collect(Collectors.joining("\n", "\n", "\n"));
    }
}
