package io.github.ratelimited.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Does what curl would, as far as the pages need it, at the port where an application of a test listens. */
final class Curl {

    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

    private final HttpClient client = HttpClient.newHttpClient();
    private final int port;

    Curl(int port) {
        this.port = port;
    }

    HttpResponse<String> run(String command) throws Exception {
        List<String> words = WORD.matcher(command).results().map(Curl::unquoted).toList();
        assertThat(words.get(0)).isEqualTo("curl");
        assertThat(words.get(1)).isIn("-s", "-i");
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
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private static String unquoted(MatchResult word) {
        return word.group(1) != null ? word.group(1) : word.group(2);
    }
}
