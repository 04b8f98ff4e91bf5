package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

class RoutePathTest {

    private static boolean matches(String pattern, String path) {
        PathPattern parsed = PathPatternParser.defaultInstance.parse(pattern);
        return RoutePath.of(PathContainer.parsePath(path)).matches(parsed);
    }

    /** All of these get the same file from Tomcat. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/static/a.js",
                "//static/a.js",
                "/static//a.js",
                "/./static/a.js",
                "/static/./a.js",
                "/%2e/static/a.js",
                "/x/../static/a.js",
                "/x/%2E%2e/static/a.js",
                "/;/static/a.js",
                "/;v=1/static;v=2/;/a.js;v=3",
                "/../static/a.js",
                "/%73tatic//a.js",
                "/static/a.js/",
                "/static%2Fa.js",
                "/static%5Ca.js",
                "/x%2F..%2Fstatic/a.js"
            })
    void howeverAPathIsWrittenItIsTheSame(String path) {
        assertThat(matches("/static/**", path)).isTrue();
        assertThat(matches("/static/a.js", path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/other", "/static%2F..%2Fa.js", "/statics//a.js", "//"})
    void anotherOneIsAnother(String path) {
        assertThat(matches("/static/**", path)).isFalse();
    }

    @Test
    void aSemicolonThatIsEncodedBeginsNoParameter() {
        assertThat(matches("/a;b/x", "/a%3Bb//x")).isTrue();
        assertThat(matches("/a/x", "/a%3Bb//x")).isFalse();
    }

    /** It is also what it was sent as, by which controllers go. */
    @ParameterizedTest
    @ValueSource(strings = {"//x", "/x/../x"})
    void itIsAlsoWhatItWasSentAs(String path) {
        assertThat(matches(path, path)).isTrue();
        assertThat(matches("/x", path)).isTrue();
    }
}
