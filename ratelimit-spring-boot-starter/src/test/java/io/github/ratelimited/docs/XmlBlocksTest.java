package io.github.ratelimited.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xml.sax.InputSource;

/** XML that a page shows is well-formed, and its versions are those of the build. */
class XmlBlocksTest {

    private static final Pattern VERSIONED = Pattern.compile(
            "<groupId>(?!com\\.example)[^<]+</groupId>\\s*<artifactId>([^<]+)</artifactId>\\s*<version>([^<$]+)</version>");

    static Stream<Block> blocks() {
        return Page.blocks("xml");
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void isWellFormed(Block block) throws Exception {
        assertThat(DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new InputSource(new StringReader("<block>" + block.text() + "</block>")))
                        .getDocumentElement()
                        .hasChildNodes())
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void hasTheVersionsOfTheBuild(Block block) {
        for (MatchResult found : VERSIONED.matcher(block.text()).results().toList()) {
            assertThat(versionOf(found.group(1)))
                    .as("%s: %s", block, found.group(1))
                    .isEqualTo(found.group(2));
        }
    }

    private static String versionOf(String artifact) {
        String poms = Sources.poms();
        String name = switch (artifact) {
            case "ratelimit-bom", "ratelimit-core", "ratelimit-spring-boot-starter" -> "ratelimit-parent";
            default -> artifact;
        };
        if (artifact.equals("spring-boot-starter-parent")) {
            return first(poms, "<spring-boot\\.version>([^<]+)<");
        }
        return first(poms, "<artifactId>" + Pattern.quote(name) + "</artifactId>\\s*<version>([^<$]+)</version>");
    }

    private static String first(String text, String pattern) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(found -> found.group(1))
                .findFirst()
                .orElse("none in the POMs");
    }
}
