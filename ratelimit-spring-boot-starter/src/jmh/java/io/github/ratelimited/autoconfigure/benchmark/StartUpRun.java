package io.github.ratelimited.autoconfigure.benchmark;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;

/**
 * What the starter adds to the start of a web application in which nothing is limited: the same application with and without
 * our two jars on its class path, each time in a JVM of its own, in turns.
 */
public final class StartUpRun {

    private static final int FORKS = 15;
    private static final int WARM_UP = 2;

    /** What {@code spring-boot-starter-webmvc} brings, of all that the tests need. */
    private static final Pattern PLAIN = Pattern.compile("(spring-(core|beans|aop|expression|context|web|webmvc)"
            + "|spring-boot|spring-boot-(starter|autoconfigure|jackson|http-converter|http-codec|web-server|servlet|webmvc|tomcat)"
            + "|spring-boot-starter-(logging|jackson|webmvc|tomcat|tomcat-runtime)"
            + "|commons-logging|jspecify|logback-.*|log4j-.*|jul-to-slf4j|slf4j-api|snakeyaml|jakarta.annotation-api"
            + "|micrometer-(commons|observation)|jackson-.*|tomcat-.*)-[0-9.]+[.]jar");

    private StartUpRun() {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    /** Milliseconds until the application is ready, and the definitions of its beans. */
    private record Start(double millis, int beans) {}

    /** Prints a table, or as a fork what it has measured. */
    public static void main(String[] args) throws IOException {
        if (args.length == 1) {
            start();
            return;
        }
        System.out.println("| start of a web application | | without the starter | with | more |");
        System.out.println("|---|---|---|---|---|");
        compare("Spring MVC and nothing else", true);
        compare("with all that the starter integrates with", false);
    }

    private static void compare(String kind, boolean plain) throws IOException {
        List<Start> without = new ArrayList<>();
        List<Start> with = new ArrayList<>();
        String pathWithout = classPath(plain, false);
        String pathWith = classPath(plain, true);
        for (int i = -WARM_UP; i < FORKS; i++) {
            Start first = fork(pathWithout);
            Start second = fork(pathWith);
            if (i >= 0) {
                without.add(first);
                with.add(second);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "| %s | ms, median of %d | %.0f | %.0f | %.0f |%n",
                kind,
                FORKS,
                median(without),
                median(with),
                median(with) - median(without));
        int before = without.get(0).beans;
        int after = with.get(0).beans;
        System.out.printf("| | beans | %d | %d | %d |%n", before, after, after - before);
    }

    private static void start() {
        SpringApplication application = new SpringApplication(Application.class);
        application.setLogStartupInfo(false);
        long begin = System.nanoTime();
        try (ConfigurableApplicationContext context =
                application.run("--server.port=0", "--spring.main.banner-mode=off", "--logging.level.root=warn")) {
            System.out.println((System.nanoTime() - begin) / 1e6 + " " + context.getBeanDefinitionCount());
        }
    }

    /** Of the tests' own, without their classes but for these. */
    private static String classPath(boolean plain, boolean withStarter) throws IOException {
        String jars = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(each -> !isTests(each))
                .filter(each ->
                        isOurs(each) ? withStarter : !plain || isPlain(each) || (withStarter && isAspectj(each)))
                .collect(Collectors.joining(File.pathSeparator));
        return ownClasses() + File.pathSeparator + jars;
    }

    /** Those of tests would be taken for the application's. */
    private static Path ownClasses() throws IOException {
        Path directory = Files.createTempDirectory("start-up");
        for (Class<?> each : List.of(StartUpRun.class, Application.class, Start.class)) {
            String name = ClassUtils.convertClassNameToResourcePath(each.getName()) + ClassUtils.CLASS_FILE_SUFFIX;
            Path file = directory.resolve(name);
            Files.createDirectories(file.getParent());
            try (InputStream bytes = StartUpRun.class.getResourceAsStream("/" + name)) {
                Files.copy(Objects.requireNonNull(bytes), file);
            }
        }
        return directory;
    }

    private static boolean isOurs(String element) {
        return element.endsWith("classes")
                || Path.of(element).getFileName().toString().startsWith("ratelimit-");
    }

    private static boolean isTests(String element) {
        return element.endsWith("test-classes");
    }

    /** Of others, our starter brings it alone. */
    private static boolean isAspectj(String jar) {
        return Path.of(jar).getFileName().toString().startsWith("aspectjweaver-");
    }

    private static boolean isPlain(String jar) {
        return PLAIN.matcher(Path.of(jar).getFileName().toString()).matches();
    }

    private static double median(List<Start> starts) {
        double[] sorted = starts.stream().mapToDouble(Start::millis).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private static Start fork(String classPath) throws IOException {
        Process fork = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath,
                        StartUpRun.class.getName(),
                        "fork")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(fork.getInputStream(), StandardCharsets.UTF_8))) {
            String last = "";
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                last = line;
            }
            int space = last.indexOf(' ');
            return new Start(Double.parseDouble(last.substring(0, space)), Integer.parseInt(last.substring(space + 1)));
        }
    }
}
