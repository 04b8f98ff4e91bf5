package io.github.ratelimited.autoconfigure.web;

import static io.github.ratelimited.fuzz.Inputs.check;
import static io.github.ratelimited.fuzz.Inputs.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.PathContainer.PathSegment;
import org.springframework.util.StringUtils;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/** However a path is written: if it comes down to one of those that a rule names, the rule holds. */
public final class RoutePathFuzz {

    private static final PathPattern ADMIN = PathPatternParser.defaultInstance.parse("/admin/**");

    private RoutePathFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        PathContainer sent;
        try {
            sent = PathContainer.parsePath("/" + text(input));
        } catch (IllegalArgumentException noPath) {
            return; // servers answer it with 400
        }
        RoutePath path = RoutePath.of(sent);
        List<String> model = model(sent.value());
        check(
                path.matches(ADMIN) || model.isEmpty() || !model.get(0).equals("admin"),
                sent.value() + " is not seen to be",
                model);
        check(!ADMIN.matches(sent) || path.matches(ADMIN), "it is no longer what it was sent as", sent.value());
        PathContainer plain = path.plain() == null ? sent : path.plain();
        check(segments(plain).equals(model), sent.value() + " comes down to " + model + ", not", plain.value());
        check(RoutePath.of(plain).plain() == null, "there is a plainer way to write", plain.value());
    }

    private static List<String> segments(PathContainer path) {
        return path.elements().stream()
                .filter(PathSegment.class::isInstance)
                .map(segment -> ((PathSegment) segment).valueToMatch())
                .toList();
    }

    private static List<String> model(String path) {
        List<String> segments = new ArrayList<>();
        for (String segment : path.split("/", -1)) {
            String decoded = StringUtils.uriDecode(segment.replaceFirst("(?s);.*", ""), StandardCharsets.UTF_8);
            for (String part : decoded.split("[/\\\\]", -1)) {
                if (part.equals("..")) {
                    segments.subList(Math.max(0, segments.size() - 1), segments.size())
                            .clear();
                } else if (!part.isEmpty() && !part.equals(".")) {
                    segments.add(part);
                }
            }
        }
        return segments;
    }
}
