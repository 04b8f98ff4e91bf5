package io.github.ratelimited.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.skyscreamer.jsonassert.JSONAssert;

/** Sends the requests that a page shows, and compares the last answer with each that the page shows then. */
final class PageWalk {

    private static final Pattern BLOCK = Pattern.compile("```(shell|json|http)\n(.*?)```", Pattern.DOTALL);

    private final Curl curl;
    private HttpResponse<String> answer;
    private int compared;

    PageWalk(int port) {
        this.curl = new Curl(port);
    }

    /** From one of its lines to another. */
    static String section(String page, String from, String to) throws IOException {
        String text = Files.readString(Path.of("../docs", page));
        assertThat(text).contains(from, to);
        return text.substring(text.indexOf(from), text.indexOf(to));
    }

    /** How many answers were compared. */
    int follow(String markdown) throws Exception {
        Matcher blocks = BLOCK.matcher(markdown);
        while (blocks.find()) {
            switch (blocks.group(1)) {
                case "json" -> compareBody(blocks.group(2));
                case "http" -> compareAnswer(blocks.group(2));
                default -> send(blocks.group(2));
            }
        }
        return compared;
    }

    private void send(String commands) throws Exception {
        for (String command : commands.strip().split("\n", -1)) {
            if (command.startsWith("curl ")) {
                answer = curl.run(command);
            }
        }
    }

    private void compareBody(String json) throws Exception {
        JSONAssert.assertEquals(answer.body(), json, answer.body(), false);
        compared++;
    }

    private void compareAnswer(String http) throws Exception {
        String[] parts = http.split("\n\n", 2);
        String[] head = parts[0].strip().split("\n", -1);
        assertThat(head[0]).isEqualTo("HTTP/1.1 " + answer.statusCode());
        for (int i = 1; i < head.length; i++) {
            String[] field = head[i].split(": ", 2);
            assertThat(answer.headers().allValues(field[0])).as(field[0]).containsExactly(field[1]);
        }
        if (parts.length == 2) {
            JSONAssert.assertEquals(parts[1], answer.body(), true);
        }
        compared++;
    }
}
