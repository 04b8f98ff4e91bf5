package io.github.ratelimited.sample.nodes;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** The nodes for the page, which a browser lets talk to one server alone: it passes on what is meant for the others. */
@RestController
class NodesController {

    /** Until a node has begun its answer. */
    private static final Duration TIMEOUT = Duration.ofSeconds(4);

    private static final int MOST_BYTES = 8192;

    private final Peers peers;
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    NodesController(Peers peers) {
        this.peers = peers;
    }

    /** @param base how paths on that node begin */
    record Node(String name, String base) {}

    @GetMapping("/demo/nodes")
    List<Node> nodes() {
        Stream<Node> others = IntStream.range(2, 2 + peers.others().size())
                .mapToObj(number -> new Node("node " + number, "nodes/" + number + "/"));
        return Stream.concat(Stream.of(new Node("node 1", "")), others).toList();
    }

    @GetMapping("/nodes/{number}/demo/events")
    void events(@PathVariable int number, HttpServletResponse response) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(resolve(number, "/demo/events"))
                .timeout(TIMEOUT)
                .build();
        try (InputStream events = send(request, response)) {
            byte[] buffer = new byte[8192];
            for (int length = events.read(buffer); length >= 0; length = events.read(buffer)) {
                response.getOutputStream().write(buffer, 0, length);
                response.flushBuffer();
            }
        }
    }

    @PostMapping(
            path = {
                "/nodes/{number}/demo/traffic",
                "/nodes/{number}/demo/burst",
                "/nodes/{number}/actuator/ratelimits/{limit}"
            },
            consumes = MediaType.APPLICATION_JSON_VALUE)
    void change(@PathVariable int number, HttpServletRequest request, HttpServletResponse response)
            throws IOException, InterruptedException {
        String path = request.getRequestURI().substring(("/nodes/" + number).length());
        HttpRequest passedOn = HttpRequest.newBuilder(resolve(number, path))
                .header(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_JSON_VALUE)
                .timeout(TIMEOUT)
                .POST(BodyPublishers.ofByteArray(body(request)))
                .build();
        try (InputStream answer = send(passedOn, response)) {
            answer.transferTo(response.getOutputStream());
        }
    }

    private static byte[] body(HttpServletRequest request) throws IOException {
        byte[] body = request.getInputStream().readNBytes(MOST_BYTES + 1);
        if (body.length > MOST_BYTES) {
            throw new ResponseStatusException(
                    HttpStatus.CONTENT_TOO_LARGE, "The body is above " + MOST_BYTES + " bytes");
        }
        return body;
    }

    private InputStream send(HttpRequest request, HttpServletResponse response)
            throws IOException, InterruptedException {
        try {
            HttpResponse<InputStream> answer = client.send(request, BodyHandlers.ofInputStream());
            response.setStatus(answer.statusCode());
            answer.headers().firstValue(HttpHeaders.CONTENT_TYPE).ifPresent(response::setContentType);
            return answer.body();
        } catch (IOException gone) {
            throw new ResponseStatusException(HttpStatus.BAD_GATEWAY, "The node does not answer", gone);
        }
    }

    private URI resolve(int number, String path) {
        List<URI> others = peers.others();
        if (number < 2 || number > others.size() + 1) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND, "There is no node " + number);
        }
        return others.get(number - 2).resolve(path);
    }
}
