package io.github.ratelimited.autoconfigure.benchmark;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.springframework.util.ClassUtils;

/** Class paths of applications that are started in a JVM of their own, made of that of the tests. */
final class ClassPaths {

    /** What {@code spring-boot-starter-webmvc} brings, of all that the tests need. */
    private static final Pattern PLAIN = Pattern.compile("(spring-(core|beans|aop|expression|context|web|webmvc)"
            + "|spring-boot|spring-boot-(starter|autoconfigure|jackson|http-converter|http-codec|web-server|servlet|webmvc|tomcat)"
            + "|spring-boot-starter-(logging|jackson|webmvc|tomcat|tomcat-runtime)"
            + "|commons-logging|jspecify|logback-.*|log4j-.*|jul-to-slf4j|slf4j-api|snakeyaml|jakarta.annotation-api"
            + "|micrometer-(commons|observation)|jackson-.*|tomcat-.*)-[0-9.]+[.]jar");

    private static final ToolProvider JAR = ToolProvider.findFirst("jar").orElseThrow();

    private ClassPaths() {}

    /**
     * A class path, with nothing of the tests.
     *
     * @param plain Spring MVC and nothing else, or all that the starter integrates with
     * @param withStarter with our two jars
     * @param own the application's classes
     */
    static String of(boolean plain, boolean withStarter, Class<?>... own) throws IOException {
        return copyOf(own)
                + File.pathSeparator
                + Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(each -> !each.endsWith("test-classes"))
                        .filter(each -> isOurs(each)
                                ? withStarter
                                : !plain || isPlain(each) || (withStarter && isAspectj(each)))
                        .map(ClassPaths::jar)
                        .collect(Collectors.joining(File.pathSeparator));
    }

    /** A directory as the jar that users get: each class of all the others would be looked for in its files. */
    private static String jar(String element) {
        if (!Files.isDirectory(Path.of(element))) {
            return element;
        }
        try {
            Path jar = Files.createTempDirectory("benchmark").resolve("ratelimit.jar");
            int failed = JAR.run(System.out, System.err, "--create", "--file", jar.toString(), "-C", element, ".");
            if (failed != 0) {
                throw new IllegalStateException("no jar can be made of " + element);
            }
            return jar.toString();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Path copyOf(Class<?>... classes) throws IOException {
        Path directory = Files.createTempDirectory("benchmark");
        for (Class<?> each : classes) {
            String name = ClassUtils.convertClassNameToResourcePath(each.getName()) + ClassUtils.CLASS_FILE_SUFFIX;
            Path file = directory.resolve(name);
            Files.createDirectories(file.getParent());
            try (InputStream bytes = ClassPaths.class.getResourceAsStream("/" + name)) {
                Files.copy(Objects.requireNonNull(bytes), file);
            }
        }
        return directory;
    }

    private static boolean isOurs(String element) {
        return element.endsWith("classes") || fileName(element).startsWith("ratelimit-");
    }

    /** Of others, our starter brings it alone. */
    private static boolean isAspectj(String jar) {
        return fileName(jar).startsWith("aspectjweaver-");
    }

    private static boolean isPlain(String jar) {
        return PLAIN.matcher(fileName(jar)).matches();
    }

    private static String fileName(String element) {
        return Path.of(element).getFileName().toString();
    }
}
