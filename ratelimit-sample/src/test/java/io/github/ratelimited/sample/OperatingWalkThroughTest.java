package io.github.ratelimited.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.autoconfigure.test.AutoConfigureRateLimitTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.skyscreamer.jsonassert.JSONAssert;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;

/** The first incident as docs/operating.md tells it: its commands, and after them what they are said to answer. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@AutoConfigureRateLimitTest
@DirtiesContext
class OperatingWalkThroughTest {

    private static final Pattern BLOCK = Pattern.compile("```(shell|json)\n(.*?)```", Pattern.DOTALL);
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

    private final HttpClient client = HttpClient.newHttpClient();

    @LocalServerPort
    private int port;

    @Test
    void goesAsItIsTold() throws Exception {
        String page = Files.readString(Path.of("../docs/operating.md"));
        String incident = page.substring(page.indexOf("## The first incident"), page.indexOf("## The endpoint"));
        Matcher blocks = BLOCK.matcher(incident);
        String answer = "";
        int compared = 0;
        while (blocks.find()) {
            if (blocks.group(1).equals("json")) {
                JSONAssert.assertEquals(answer, blocks.group(2), answer, false);
                compared++;
            } else {
                for (String command : blocks.group(2).strip().split("\n", -1)) {
                    answer = run(words(command));
                }
            }
        }
        assertThat(compared).isEqualTo(7);
    }

    private static List<String> words(String command) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(command);
        while (matcher.find()) {
            words.add(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
        }
        return words;
    }

    /** As curl would, as far as the page needs it. */
    private String run(List<String> words) throws Exception {
        assertThat(words.subList(0, 2)).containsExactly("curl", "-s");
        String url = words.get(words.size() - 1);
        assertThat(url).startsWith("localhost:8080/");
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://" + url.replace("localhost:8080", "localhost:" + port)));
        String method = "GET";
        String body = "";
        for (int i = 2; i < words.size() - 1; i += 2) {
            String value = words.get(i + 1);
            switch (words.get(i)) {
                case "-X" -> method = value;
                case "-d" -> body = value;
                case "-H" -> request.header(value.split(": ", 2)[0], value.split(": ", 2)[1]);
                default -> throw new IllegalArgumentException(words.get(i));
            }
        }
        request.method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        return client.send(request.build(), BodyHandlers.ofString()).body();
    }
}
