package io.github.ratelimited.autoconfigure.benchmark;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.autoconfigure.actuate.EndpointAutoConfiguration;
import io.github.ratelimited.autoconfigure.actuate.MetricsAutoConfiguration;
import io.github.ratelimited.autoconfigure.actuate.TracingAutoConfiguration;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/**
 * What meters, the endpoint's counts and events on observations add to an annotated call, and to a denied one. Each
 * subject in JVMs of its own, which take turns.
 */
final class MetersRun {

    private static final int FORKS = 5;
    private static final int ROUNDS = 15;
    private static final int WARM_UP_ROUNDS = 10;
    private static final int CALLS = 1_000_000;

    private MetersRun() {}

    /** Prints a table, or as a fork what it has measured. */
    public static void main(String[] args) throws IOException {
        if (args.length == 1) {
            measure(args[0].equals("with"));
            return;
        }
        List<double[]> without = new ArrayList<>();
        List<double[]> with = new ArrayList<>();
        for (int i = 0; i < FORKS; i++) {
            without.add(fork("without"));
            with.add(fork("with"));
        }
        System.out.println("| | without meters | with | more |");
        System.out.println("|---|---|---|---|");
        for (int i = 0; i < 2; i++) {
            double before = median(without, i);
            double after = median(with, i);
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.0f ns | %.0f ns | %.0f ns |%n",
                    i == 0 ? "allowed" : "denied",
                    before,
                    after,
                    after - before);
        }
    }

    private static double median(List<double[]> forks, int index) {
        double[] values =
                forks.stream().mapToDouble(each -> each[index]).sorted().toArray();
        return values[values.length / 2];
    }

    private static double[] fork(String subject) throws IOException {
        Process fork = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        MetersRun.class.getName(),
                        subject)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(fork.getInputStream(), StandardCharsets.UTF_8))) {
            double[] found = {};
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("found ")) {
                    found = Arrays.stream(line.substring("found ".length()).split(" ", -1))
                            .mapToDouble(Double::parseDouble)
                            .toArray();
                }
            }
            return found;
        }
    }

    public static class Shop {

        private long calls;

        @RateLimited(name = "allowed", permits = 1_000_000_000L, per = "1s", burst = 1_000_000_000_000L)
        public long allowed() {
            return calls++;
        }

        @RateLimited(name = "denied", permits = 1, per = "1d")
        public long denied() {
            return calls++;
        }
    }

    private static void measure(boolean withMeters) {
        List<Class<?>> sources = new ArrayList<>(List.of(Shop.class, RateLimitAutoConfiguration.class));
        if (withMeters) {
            sources.addAll(List.of(
                    Registries.class,
                    MetricsAutoConfiguration.class,
                    TracingAutoConfiguration.class,
                    EndpointAutoConfiguration.class));
        }
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(sources.toArray(Class<?>[]::new))
                .web(WebApplicationType.NONE)
                .properties(
                        "management.endpoints.web.exposure.include=*",
                        "logging.level.io.github.ratelimited.denied=error",
                        "logging.level.root=error")
                .run()) {
            Shop shop = context.getBean(Shop.class);
            double[] allowed = new double[ROUNDS];
            double[] denied = new double[ROUNDS];
            for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
                long begun = System.nanoTime();
                for (int i = 0; i < CALLS; i++) {
                    shop.allowed();
                }
                long between = System.nanoTime();
                for (int i = 0; i < CALLS; i++) {
                    try {
                        shop.denied();
                    } catch (RateLimitExceededException expected) {
                        // is what is measured
                    }
                }
                long end = System.nanoTime();
                if (round >= 0) {
                    allowed[round] = (double) (between - begun) / CALLS;
                    denied[round] = (double) (end - between) / CALLS;
                }
            }
            Arrays.sort(allowed);
            Arrays.sort(denied);
            System.out.println("found " + allowed[ROUNDS / 2] + " " + denied[ROUNDS / 2]);
        }
    }

    /** What Spring Boot would bring. */
    static final class Registries {

        @Bean
        SimpleMeterRegistry meters() {
            return new SimpleMeterRegistry();
        }

        @Bean
        ObservationRegistry observations() {
            return ObservationRegistry.create();
        }
    }
}
