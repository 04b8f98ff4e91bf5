package io.github.ratelimited.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Commands that a page shows are run by a test, or are made of what there is. */
class ShellBlocksTest {

    /** Each sends all requests of its page to a server. */
    private static final Map<String, String> REQUESTS = Map.of(
            "operating.md", "OperatingWalkThroughTest",
            "quick-start.md", "QuickStartTest",
            "http.md", "SamplePageTest",
            "sample.md", "SamplePageTest");

    private static final List<String> PHASES =
            List.of("clean", "test-compile", "test", "package", "integration-test", "verify", "install", "deploy");
    private static final Pattern WORD = Pattern.compile("\"[^\"]*\"|'[^']*'|\\S+");
    private static final Pattern JAR = Pattern.compile("(\\w[\\w-]*?)-(\\d[\\w.-]*)\\.jar");

    private final String poms = Sources.poms();

    static Stream<Block> blocks() {
        return Page.blocks("shell");
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void eachCommandIsOneThatThereIs(Block block) {
        for (String line : block.lines()) {
            String command = line.replaceFirst("\\s+#.*", "");
            List<String> words = WORD.matcher(command)
                    .results()
                    .map(MatchResult::group)
                    .map(word -> word.replaceAll("^[\"']|[\"']$", ""))
                    .toList();
            String program = words.get(0);
            switch (program) {
                case "mvn" -> words.subList(1, words.size()).forEach(word -> checkMaven(block, words, word));
                case "curl" ->
                    assertThat(Sources.haveClass(
                                    REQUESTS.getOrDefault(block.page().name(), "?")))
                            .as("%s: a test that sends its requests", block)
                            .isTrue();
                case "java" -> words.forEach(word -> checkJava(block, word));
                case "bash" -> assertThat(Page.ROOT.resolve(words.get(1))).exists();
                case "git" -> assertThat(words.get(1)).as("%s", block).isIn("tag", "push", "commit");
                default -> assertBuildHas(block, program, "<artifactId>" + name(program) + "<");
            }
        }
    }

    private void checkMaven(Block block, List<String> words, String word) {
        String before = words.get(words.indexOf(word) - 1);
        if (before.equals("-pl")) {
            assertThat(List.of(word.split(",", -1)))
                    .allSatisfy(module -> assertThat(Page.ROOT.resolve(module))
                            .as("%s", block)
                            .isDirectory());
        } else if (word.startsWith("-P")) {
            assertBuildHas(block, word, "<id>" + word.substring(2) + "</id>");
        } else if (word.startsWith("-Dtest=")) {
            assertThat(Sources.haveClass(word.substring(7)))
                    .as("%s: %s", block, word)
                    .isTrue();
        } else if (word.startsWith("-D")) {
            checkProperty(block, word.substring(2).split("=", 2)[0]);
        } else if (word.contains(":")) {
            checkGoal(block, word);
        } else {
            assertThat(word)
                    .as("%s", block)
                    .satisfiesAnyOf(
                            option -> assertThat(option).isIn("-q", "-B", "-pl"),
                            phase -> assertThat(phase).isIn(PHASES));
        }
    }

    /** One of Maven's own, or one that a POM or a test reads. */
    private void checkProperty(Block block, String property) {
        List<String> known = List.of("skipTests", "maven.test.skip", "spring-boot.run.arguments", "gpg.skip");
        assertThat(known.contains(property)
                        || poms.contains("<name>" + property + "<")
                        || poms.contains("<" + property + ">")
                        || poms.contains("<" + property + " />")
                        || Sources.java().values().stream().anyMatch(source -> source.contains('"' + property + '"')))
                .as("%s: -D%s", block, property)
                .isTrue();
    }

    private void checkGoal(Block block, String goal) {
        String[] parts = goal.split("[:@]", -1);
        String plugin = parts[0].contains(".") ? parts[1] : parts[0] + "-maven-plugin";
        assertBuildHas(block, goal, "<artifactId>" + plugin + "</artifactId>");
        if (goal.contains("@")) {
            assertBuildHas(block, goal, "<id>" + parts[parts.length - 1] + "</id>");
        }
    }

    private void checkJava(Block block, String word) {
        if (word.endsWith(".java")) {
            assertThat(Page.ROOT.resolve(word)).as("%s", block).exists();
        }
        for (MatchResult jar : JAR.matcher(word).results().toList()) {
            assertBuildHas(block, word, "<version>" + jar.group(2) + "<");
        }
    }

    private void assertBuildHas(Block block, String word, String text) {
        assertThat(poms.contains(text)).as("%s: %s is in no POM", block, word).isTrue();
    }

    private static String name(String program) {
        return program.substring(program.lastIndexOf('/') + 1);
    }
}
