package io.github.ratelimited.autoconfigure.benchmark;

import io.github.ratelimited.RateLimited;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.util.StringUtils;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * A small web application under {@code wrk}, without the library and with limits of several kinds, which take turns. All
 * are in one process, since what the compiler makes of the same program differs by a tenth from process to process. Needs
 * {@code wrk} on the path.
 */
public final class LoadRun {

    private static final String MANY = "1000000000";
    private static final int WARM_UP_ROUNDS = 15;
    private static final Pattern RATE = Pattern.compile("Requests/sec: +([0-9.]+)");

    private LoadRun() {}

    /** The kinds of application. */
    private enum Kind {
        WITHOUT("without the library", "/orders", "--ratelimit.enabled=false"),
        FIELDS("without the library, two such fields", "/fields", "--ratelimit.enabled=false"),
        UNLIMITED("not limited", "/plain", method(MANY)),
        METHOD("allowed by a method's limit", "/orders", method(MANY)),
        UNTOLD("the same, headers: none", "/orders", method(MANY) + " --ratelimit.web.headers=none"),
        RULE("allowed by a rule", "/plain", method(MANY) + rule(MANY)),
        BOTH("allowed by both", "/orders", method(MANY) + rule(MANY)),
        DENIED_BY_RULE("denied by a rule", "/orders", method(MANY) + rule("1")),
        DENIED_BY_METHOD("denied by a method's limit", "/orders", method("1"));

        private final String text;
        private final String path;
        private final String properties;

        Kind(String text, String path, String properties) {
            this.text = text;
            this.path = path;
            this.properties = properties;
        }

        boolean isDenied() {
            return name().startsWith("DENIED");
        }

        private static String method(String permits) {
            return " --ratelimit.limits.orders.permits=" + permits + " --ratelimit.limits.orders.per=10h";
        }

        private static String rule(String permits) {
            return " --ratelimit.web.rules[0].paths=/** --ratelimit.web.rules[0].limit=edge"
                    + " --ratelimit.limits.edge.permits=" + permits + " --ratelimit.limits.edge.per=10h";
        }
    }

    /**
     * Prints a table.
     *
     * @param args seconds for each kind, 30 unless said; of these kinds alone
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 30;
        List<Kind> kinds =
                args.length > 1 ? Arrays.stream(args).skip(1).map(Kind::valueOf).toList() : List.of(Kind.values());
        Process server = start(kinds);
        try {
            BufferedReader said =
                    new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
            List<String> addresses = new ArrayList<>();
            for (Kind kind : kinds) {
                addresses.add("http://127.0.0.1:" + port(said) + kind.path);
            }
            List<double[]> rates =
                    kinds.stream().map(kind -> new double[rounds]).toList();
            for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
                for (int i = 0; i < kinds.size(); i++) {
                    int turn = round % 2 == 0 ? i : kinds.size() - 1 - i;
                    double rate = load(addresses.get(turn), kinds.get(turn).isDenied());
                    if (round >= 0) {
                        rates.get(turn)[round] = rate;
                    }
                }
            }
            print(kinds, rates);
        } finally {
            server.destroyForcibly();
        }
    }

    private static Process start(List<Kind> kinds) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                ClassPaths.of(true, true, LoadRun.class, Kind.class, Shop.class, Orders.class, Application.class),
                Application.class.getName()));
        kinds.forEach(kind -> command.add(kind.name()));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static int port(BufferedReader said) throws IOException {
        String port = said.readLine();
        if (port == null || !port.matches("\\d+")) {
            throw new IllegalStateException("not started: " + port);
        }
        return Integer.parseInt(port);
    }

    private static double load(String address, boolean isDenied) throws IOException, InterruptedException {
        Process wrk = new ProcessBuilder("wrk", "-t1", "-c16", "-d1", address)
                .redirectErrorStream(true)
                .start();
        String said = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        wrk.waitFor();
        Matcher rate = RATE.matcher(said);
        if (!rate.find() || said.contains("Non-2xx") != isDenied) {
            throw new IllegalStateException(said);
        }
        return Double.parseDouble(rate.group(1));
    }

    /** The ratios are medians of those of each round, in which the machine was as fast for all. */
    private static void print(List<Kind> kinds, List<double[]> rates) {
        System.out.println("| | requests/s | x " + kinds.get(0).text + " |");
        System.out.println("|---|---|---|");
        double[] floor = rates.get(0);
        for (int i = 0; i < kinds.size(); i++) {
            double[] all = rates.get(i);
            double ratio = median(IntStream.range(0, all.length).mapToDouble(round -> all[round] / floor[round]));
            System.out.printf(
                    Locale.ROOT, "| %s | %.0f | %.3f |%n", kinds.get(i).text, median(Arrays.stream(all)), ratio);
        }
    }

    private static double median(DoubleStream values) {
        double[] sorted = values.sorted().toArray();
        return sorted[sorted.length / 2];
    }

    /** What is limited. */
    static class Shop {

        @RateLimited("orders")
        String order() {
            return "ordered";
        }

        String plain() {
            return "ordered";
        }
    }

    /** What is served. */
    @RestController
    static class Orders {

        private final Shop shop;

        Orders(Shop shop) {
            this.shop = shop;
        }

        @GetMapping(path = "/orders", produces = "text/plain")
        String order() {
            return shop.order();
        }

        /** With what an answer would tell of a limit. */
        @GetMapping(path = "/fields", produces = "text/plain")
        String fields(HttpServletResponse response) {
            response.setHeader("RateLimit-Policy", "\"orders\";q=1000000000;w=36000");
            response.setHeader("RateLimit", "\"orders\";r=999999999;t=1");
            return shop.plain();
        }

        @GetMapping(path = "/plain", produces = "text/plain")
        String plain() {
            return shop.plain();
        }
    }

    /** The server. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Shop.class, Orders.class})
    static class Application {

        /** Serves each of these kinds, and says its port. */
        public static void main(String[] args) {
            for (String kind : args) {
                List<String> properties = new ArrayList<>(
                        List.of("--server.port=0", "--spring.main.banner-mode=off", "--logging.level.root=error"));
                properties.addAll(Arrays.asList(StringUtils.tokenizeToStringArray(Kind.valueOf(kind).properties, " ")));
                ConfigurableApplicationContext application =
                        SpringApplication.run(Application.class, properties.toArray(String[]::new));
                System.out.println(application.getEnvironment().getProperty("local.server.port"));
            }
        }
    }
}
