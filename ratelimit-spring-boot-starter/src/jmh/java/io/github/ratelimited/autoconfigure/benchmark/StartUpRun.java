package io.github.ratelimited.autoconfigure.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * What the starter adds to the start of a web application in which nothing is limited: the same application with and without
 * our two jars on its class path, each time in a JVM of its own, in turns.
 */
public final class StartUpRun {

    private static final int FORKS = 15;
    private static final int WARM_UP = 2;

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

    private static String classPath(boolean plain, boolean withStarter) throws IOException {
        return ClassPaths.of(plain, withStarter, StartUpRun.class, Application.class, Start.class);
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
