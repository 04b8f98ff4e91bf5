package io.github.ratelimited.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sample as {@code process-aot} has prepared it, in a process of its own. */
@Timeout(120)
class AheadOfTimeTest {

    private static final Pattern STARTED = Pattern.compile("Tomcat started on port (\\d+)");

    private final HttpClient client = HttpClient.newHttpClient();
    private final StringBuilder log = new StringBuilder();
    private Process application;
    private int port;

    @BeforeEach
    void start() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Dspring.aot.enabled=true"));
        if (Runtime.version().feature() >= 25) {
            // Spring then takes it for a native image and makes no classes: each proxy has to be there from the build.
            // On an older JDK Spring Boot would refuse to.
            command.add("-Dorg.graalvm.nativeimage.imagecode=runtime");
        }
        command.addAll(List.of(
                "-cp", System.getProperty("java.class.path"), SampleApplication.class.getName(), "--server.port=0"));
        application = new ProcessBuilder(command).redirectErrorStream(true).start();
        BufferedReader lines = application.inputReader();
        for (String line = lines.readLine(); line != null && port == 0; line = lines.readLine()) {
            log.append(line).append('\n');
            Matcher started = STARTED.matcher(line);
            port = started.find() ? Integer.parseInt(started.group(1)) : 0;
        }
        assertThat(port).as(log.toString()).isPositive();
    }

    @AfterEach
    void stop() throws InterruptedException {
        application.destroy();
        application.waitFor();
    }

    @Test
    void limitsCallsAndListsLimits() throws Exception {
        assertThat(log).contains("Starting AOT-processed SampleApplication");

        assertThat(get("/orders").statusCode()).isEqualTo(200);
        assertThat(get("/orders").statusCode()).isEqualTo(200);
        HttpResponse<String> denied = get("/orders");
        assertThat(denied.statusCode()).isEqualTo(429);
        assertThat(denied.body()).contains("\"violated-policies\":[\"orders\"]");

        assertThat(get("/actuator/ratelimits").body()).contains("\"name\":\"orders\",\"permits\":2,\"per\":\"10s\"");
    }

    private HttpResponse<String> get(String path) throws Exception {
        URI url = URI.create("http://localhost:" + port + path);
        return client.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString());
    }
}
