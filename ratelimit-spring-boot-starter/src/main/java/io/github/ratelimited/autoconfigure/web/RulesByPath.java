package io.github.ratelimited.autoconfigure.web;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.RequestPath;

/**
 * Finds the rules whose patterns the path of a request matches. What was found lately is remembered, since to take a path
 * apart costs as much as all else that a rule does.
 */
final class RulesByPath {

    /** A power of two. */
    private static final int REMEMBERED = 256;

    /** Nobody can fill the memory with paths. */
    private static final int LONGEST_REMEMBERED = 256;

    private final List<RouteRule> rules;

    /** By hash, each in the place of the one before. Threads race for these places, but each finds one whole or none. */
    private final @Nullable Found[] lately = new Found[REMEMBERED];

    private record Found(String path, String contextPath, List<RouteRule> rules) {

        boolean isOf(String otherPath, String otherContextPath) {
            return path.equals(otherPath) && contextPath.equals(otherContextPath);
        }
    }

    RulesByPath(List<RouteRule> rules) {
        this.rules = List.copyOf(rules);
    }

    boolean isEmpty() {
        return rules.isEmpty();
    }

    /**
     * In their order.
     *
     * @param path as it was sent, with the context path in front, which is "" if there is none
     */
    List<RouteRule> matching(String path, String contextPath) {
        int hash = path.hashCode();
        int place = (hash ^ hash >>> 16) & (REMEMBERED - 1);
        Found known = lately[place];
        if (known != null && known.isOf(path, contextPath)) {
            return known.rules;
        }
        RoutePath parsed = RoutePath.of(RequestPath.parse(path, contextPath).pathWithinApplication());
        List<RouteRule> found =
                rules.stream().filter(rule -> rule.matches(parsed)).toList();
        if (path.length() <= LONGEST_REMEMBERED) {
            lately[place] = new Found(path, contextPath, found);
        }
        return found;
    }
}
