package io.github.ratelimited.autoconfigure.web;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.PathContainer.Element;
import org.springframework.http.server.PathContainer.PathSegment;
import org.springframework.web.util.UriUtils;
import org.springframework.web.util.pattern.PathPattern;

/**
 * The path of a request as it was sent and, where that is not the plainest way to write it ({@code //}, {@code /./},
 * {@code /../}, {@code /;x/}, {@code %2F}, a slash at the end), also as what it comes down to: controllers go by the one, static resources by the other.
 */
record RoutePath(PathContainer sent, @Nullable PathContainer plain) {

    static RoutePath of(PathContainer sent) {
        return new RoutePath(sent, isPlain(sent.elements()) ? null : plain(sent));
    }

    boolean matches(PathPattern pattern) {
        return pattern.matches(sent) || (plain != null && pattern.matches(plain));
    }

    private static boolean isPlain(List<Element> elements) {
        boolean separated = false;
        for (int i = 0; i < elements.size(); i++) {
            boolean separator = !(elements.get(i) instanceof PathSegment);
            if (separator ? separated : leadsNowhere((PathSegment) elements.get(i))) {
                return false;
            }
            separated = separator;
        }
        return !separated || elements.size() == 1; // resources are found with a slash behind them, too
    }

    private static boolean leadsNowhere(PathSegment segment) {
        String value = segment.valueToMatch();
        return leadsNowhere(value) || value.indexOf('/') >= 0 || value.indexOf('\\') >= 0;
    }

    private static boolean leadsNowhere(String value) {
        return value.isEmpty() || value.equals(".") || value.equals("..");
    }

    private static PathContainer plain(PathContainer sent) {
        Deque<String> segments = new ArrayDeque<>();
        for (Element element : sent.elements()) {
            if (element instanceof PathSegment segment) {
                for (String value : segment.valueToMatch().split("[/\\\\]", -1)) {
                    if (!leadsNowhere(value)) {
                        segments.addLast(UriUtils.encode(value, StandardCharsets.UTF_8));
                    } else if (value.equals("..")) {
                        segments.pollLast();
                    }
                }
            }
        }
        return PathContainer.parsePath("/" + String.join("/", segments));
    }
}
