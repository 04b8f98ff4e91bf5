package io.github.ratelimited.sample;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reads the value of {@code --fetch}: {@code demo}, a comma separated list, or a file with one URL a line. */
final class UrlList {

    private static final int DEMO_URLS = 20;
    private static final int MOST_PATHS = 100;

    private UrlList() {}

    /**
     * The URLs; a path such as {@code /item/1} is meant for {@link DemoUpstream}.
     *
     * @throws IllegalArgumentException if there is no value or more than one, or if it is wrong, with a message for
     *     people
     */
    static List<URI> read(@Nullable List<String> values) {
        if (values == null || values.size() != 1 || values.get(0).isBlank()) {
            throw new IllegalArgumentException(
                    "--fetch takes one value; write for example --fetch=demo, --fetch=urls.txt or"
                            + " --fetch=https://example.com/a,https://example.com/b");
        }
        String value = values.get(0);
        if (value.equals("demo")) {
            return IntStream.rangeClosed(1, DEMO_URLS)
                    .mapToObj(number -> URI.create("/item/" + number))
                    .toList();
        }
        boolean isList = value.contains(",") || value.contains("://");
        List<String> texts = isList ? Arrays.asList(value.split(",")) : linesOf(value);
        List<URI> urls = texts.stream()
                .map(String::trim)
                .filter(text -> !text.isEmpty() && !text.startsWith("#"))
                .map(UrlList::url)
                .toList();
        if (urls.isEmpty()) {
            throw new IllegalArgumentException("--fetch=" + value + ": there is no URL in it");
        }
        return urls;
    }

    /**
     * The paths in a text with one a line, as the page sends it: no URLs, since whoever sees the page would else make this
     * machine fetch what he cannot reach himself.
     *
     * @throws IllegalArgumentException if there are none or too many, or if one is wrong, with a message for people
     */
    static List<URI> paths(String text) {
        List<URI> paths = text.lines()
                .map(String::trim)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .map(UrlList::path)
                .toList();
        if (paths.isEmpty() || paths.size() > MOST_PATHS) {
            throw new IllegalArgumentException("There are " + paths.size() + " paths; write 1 to " + MOST_PATHS
                    + ", one a line, for example /item/1");
        }
        return paths;
    }

    private static URI path(String text) {
        URI path = URI.create(text);
        if (!isPath(path)) {
            throw new IllegalArgumentException("'" + text + "' is not a path such as /item/1; for URLs of other hosts"
                    + " start the sample with --fetch=" + text);
        }
        return path;
    }

    private static List<String> linesOf(String file) {
        try {
            return Files.readAllLines(Path.of(file));
        } catch (IOException | InvalidPathException unreadable) {
            throw new IllegalArgumentException(
                    "--fetch=" + file + ": this file cannot be read: " + unreadable, unreadable);
        }
    }

    private static URI url(String text) {
        try {
            URI url = new URI(text);
            if (isHttp(url) || isPath(url)) {
                return url;
            }
        } catch (URISyntaxException malformed) {
            throw new IllegalArgumentException("--fetch: this is no URL: " + malformed.getMessage(), malformed);
        }
        throw new IllegalArgumentException(
                "--fetch: '" + text + "' is neither a URL such as https://example.com/a nor a path such as /item/1");
    }

    private static boolean isHttp(URI url) {
        return url.getHost() != null
                && ("http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme()));
    }

    private static boolean isPath(URI url) {
        return url.getScheme() == null
                && url.getRawAuthority() == null
                && url.getPath().startsWith("/");
    }
}
