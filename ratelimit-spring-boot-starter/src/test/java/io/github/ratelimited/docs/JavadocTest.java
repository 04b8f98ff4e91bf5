package io.github.ratelimited.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each public type and member has a comment, in which nothing is broken. A tag for each parameter and result is not asked
 * for: a name that says it all needs none.
 */
class JavadocTest {

    @TempDir
    private Path classes;

    @ParameterizedTest
    @ValueSource(strings = {"ratelimit-core", "ratelimit-spring-boot-starter"})
    void isComplete(String module) throws IOException {
        List<String> complaints = complaints(Page.ROOT.resolve(module).resolve("src/main/java"));
        assertThat(complaints).as("doclint has read them").anyMatch(complaint -> complaint.endsWith("no @return"));
        assertThat(complaints)
                .allMatch(
                        complaint -> complaint.contains(": no @") || complaint.contains("use of default constructor"));
    }

    /** Of doclint, about what is public or protected. */
    private List<String> complaints(Path sources) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(found, null, null);
                Stream<Path> all = Files.walk(sources)) {
            List<File> java = all.map(Path::toFile)
                    .filter(file -> file.getName().endsWith(".java"))
                    .toList();
            List<String> options = List.of(
                    "-proc:none",
                    "-Xdoclint:all/protected",
                    "-Xmaxwarns",
                    "10000",
                    "-d",
                    classes.toString(),
                    "-classpath",
                    System.getProperty("java.class.path"));
            boolean compiled = compiler.getTask(
                            null, files, found, options, null, files.getJavaFileObjectsFromFiles(java))
                    .call();
            assertThat(compiled).as(found.getDiagnostics().toString()).isTrue();
        }
        return found.getDiagnostics().stream()
                .filter(each -> each.getSource() != null)
                .map(each -> new File(each.getSource().getName()).getName() + ":" + each.getLineNumber() + ": "
                        + each.getMessage(Locale.ENGLISH))
                .toList();
    }
}
