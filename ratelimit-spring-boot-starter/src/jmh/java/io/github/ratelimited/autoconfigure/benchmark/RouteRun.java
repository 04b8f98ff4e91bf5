package io.github.ratelimited.autoconfigure.benchmark;

import jakarta.servlet.Filter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * What limits add to a request, measured inside of Tomcat by a filter around all others: the same application without the
 * library, with it, and with rules, which take turns in one process.
 */
public final class RouteRun {

    private static final int ROUNDS = 41;
    private static final int REQUESTS = 2_000;
    private static final int WARM_UP_ROUNDS = 20;

    /** How long the requests of a round took within the server. */
    private static final long[] NANOS = new long[REQUESTS];

    private static int measured;

    private RouteRun() {}

    /** Prints a table, of an application with Spring MVC and nothing else, in a JVM of its own. */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length > 0) {
            measure();
            return;
        }
        String classPath =
                ClassPaths.of(true, true, RouteRun.class, Server.class, Application.class, Application.Hello.class);
        int failed = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        classPath,
                        RouteRun.class.getName(),
                        "fork")
                .inheritIO()
                .start()
                .waitFor();
        if (failed != 0) {
            throw new IllegalStateException("it ended with " + failed);
        }
    }

    private static void measure() throws IOException {
        Map<String, List<String>> subjects = new LinkedHashMap<>();
        subjects.put("without the library", List.of("ratelimit.enabled=false"));
        subjects.put("no rule for it", List.of());
        subjects.put("one rule", rule(0, "one", "1000000000", null));
        List<String> untold = new ArrayList<>(rule(0, "untold", "1000000000", null));
        untold.add("ratelimit.web.headers=none");
        subjects.put("one rule, headers: none", untold);
        subjects.put("one rule by client-ip", rule(0, "client", "1000000000", "client-ip"));
        subjects.put("denied by one rule", rule(0, "none", "1", null));

        Map<String, Server> servers = new LinkedHashMap<>();
        try {
            subjects.forEach((name, properties) -> servers.put(name, new Server(properties)));
            print(servers);
        } finally {
            servers.values().forEach(Server::close);
        }
    }

    private static void print(Map<String, Server> servers) throws IOException {
        Map<String, double[]> medians = new LinkedHashMap<>();
        servers.keySet().forEach(name -> medians.put(name, new double[ROUNDS]));
        for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
            for (Map.Entry<String, Server> each : servers.entrySet()) {
                double median = each.getValue().medianOfRound();
                if (round >= 0) {
                    medians.get(each.getKey())[round] = median;
                }
            }
        }
        double floor = median(medians.get("without the library"));
        System.out.printf(Locale.ROOT, "%-24s %12s %12s%n", "one connection", "us/request", "us added");
        medians.forEach((name, values) -> System.out.printf(
                Locale.ROOT, "%-24s %12.2f %12.2f%n", name, median(values) / 1e3, (median(values) - floor) / 1e3));
    }

    private static List<String> rule(int i, String limit, String permits, String key) {
        String rule = "ratelimit.web.rules[" + i + "].";
        String numbers = "ratelimit.limits." + limit + ".";
        String by = key == null ? rule + "methods=GET" : rule + "key=" + key;
        return List.of(
                rule + "paths=/**",
                rule + "limit=" + limit,
                by,
                numbers + "permits=" + permits,
                numbers + (permits.equals("1") ? "per=10h" : "per=1s"));
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** An application on its own port, and one connection to it. */
    private static final class Server {

        private static final byte[] REQUEST =
                "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

        private final ConfigurableApplicationContext application;
        private final byte[] answer = new byte[64 * 1024];
        private final Socket socket;

        Server(List<String> properties) {
            application = new SpringApplicationBuilder(Application.class)
                    .properties("server.port=0", "server.tomcat.max-keep-alive-requests=-1", "logging.level.root=warn")
                    .properties(properties.toArray(String[]::new))
                    .run();
            try {
                String port = application.getEnvironment().getProperty("local.server.port", "");
                socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port));
                socket.setTcpNoDelay(true);
            } catch (IOException failed) {
                throw new IllegalStateException(failed);
            }
        }

        double medianOfRound() throws IOException {
            measured = 0;
            OutputStream out = socket.getOutputStream();
            InputStream in = socket.getInputStream();
            for (int i = 0; i < REQUESTS; i++) {
                out.write(REQUEST);
                readAnswer(in);
            }
            double[] nanos = Arrays.stream(NANOS).asDoubleStream().toArray();
            return median(nanos);
        }

        /** All of these answers say how long they are. */
        private void readAnswer(InputStream in) throws IOException {
            int length = 0;
            while (true) {
                int more = in.read(answer, length, answer.length - length);
                if (more < 0) {
                    throw new IOException("the server has closed the connection");
                }
                length += more;
                String text = new String(answer, 0, length, StandardCharsets.ISO_8859_1);
                int end = text.indexOf("\r\n\r\n");
                if (end >= 0
                        && (text.contains("Content-Length: ")
                                ? length >= end + 4 + contentLength(text)
                                : text.endsWith("0\r\n\r\n"))) {
                    return;
                }
            }
        }

        private static int contentLength(String text) {
            int from = text.indexOf("Content-Length: ") + "Content-Length: ".length();
            return Integer.parseInt(text.substring(from, text.indexOf('\r', from)));
        }

        void close() {
            application.close();
        }
    }

    /** What is served. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @RestController
        static class Hello {

            @GetMapping(path = "/hello", produces = "text/plain")
            String hello() {
                return "hello";
            }
        }

        /** One request at a time is under way, so that plain fields will do. */
        @Bean
        FilterRegistrationBean<Filter> stopwatch() {
            FilterRegistrationBean<Filter> stopwatch = new FilterRegistrationBean<>((request, response, chain) -> {
                long begin = System.nanoTime();
                try {
                    chain.doFilter(request, response);
                } finally {
                    NANOS[measured++ % REQUESTS] = System.nanoTime() - begin;
                }
            });
            stopwatch.setOrder(Ordered.HIGHEST_PRECEDENCE);
            return stopwatch;
        }
    }
}
