package io.github.ratelimited;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;

/**
 * Writes the figures of docs/reliability.md anew, from the reports of the tests that were run last:
 * {@code java ratelimit-core/src/test/java/io/github/ratelimited/ReliabilityPage.java}.
 */
final class ReliabilityPage {

    private static final Path PAGE = Path.of("docs/reliability.md");
    private static final Pattern FIGURE = Pattern.compile("figure: (.+?) = (\\d+)");
    private static final Pattern TEST = Pattern.compile("`(\\w+)(?:\\.\\w+)?`");
    private static final Pattern ROW = Pattern.compile("^\\| (.+?) \\| (`.+?) \\|.*\\|$");

    /** What became of a test class, its nested ones included. */
    private static final class Report {

        private int tests;
        private int failed;
        private final Map<String, Long> figures = new LinkedHashMap<>();
    }

    private final Map<String, Report> reports = new LinkedHashMap<>();

    private ReliabilityPage() {}

    public static void main(String[] args) throws Exception {
        ReliabilityPage page = new ReliabilityPage();
        try (Stream<Path> modules = Files.list(Path.of(""))) {
            for (Path module : modules.sorted().toList()) {
                page.readReports(module.resolve("target/surefire-reports"));
            }
        }
        page.write();
    }

    private void readReports(Path folder) throws Exception {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".xml")).toList()) {
                Element suite = DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(file.toFile())
                        .getDocumentElement();
                String name = suite.getAttribute("name").replaceAll("\\$.*", "").replaceAll(".*\\.", "");
                Report report = reports.computeIfAbsent(name, unknown -> new Report());
                report.tests += number(suite, "tests") - number(suite, "skipped");
                report.failed += number(suite, "failures") + number(suite, "errors");
                Matcher figures = FIGURE.matcher(suite.getTextContent());
                while (figures.find()) {
                    // Of many small ones the sum will do.
                    String what = figures.group(1).replaceFirst("^(orders|runs|meetings) (of|for) .*", "$1");
                    report.figures.merge(what, Long.parseLong(figures.group(2)), Long::sum);
                }
            }
        }
    }

    private static int number(Element suite, String attribute) {
        return Integer.parseInt(suite.getAttribute(attribute));
    }

    private void write() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(PAGE)) {
            Matcher row = ROW.matcher(line);
            lines.add(
                    row.matches()
                            ? "| " + row.group(1) + " | " + row.group(2) + " | " + figures(row.group(2)) + " |"
                            : line.startsWith("Run: ") ? run() : line);
        }
        Files.write(PAGE, lines);
    }

    private String figures(String named) {
        int tests = 0;
        Map<String, Long> figures = new LinkedHashMap<>();
        Matcher names = TEST.matcher(named);
        while (names.find()) {
            Report report = reports.get(names.group(1));
            if (report == null || report.tests == 0 || report.failed > 0) {
                throw new IllegalStateException(names.group(1) + " was not run, or has failed: run mvn verify first");
            }
            tests += report.tests;
            report.figures.forEach((what, number) -> figures.merge(what, number, Long::sum));
        }
        String measured = figures.entrySet().stream()
                .map(figure -> figure.getKey() + ": %,d".formatted(figure.getValue()))
                .collect(Collectors.joining("; "));
        return (measured.isEmpty() ? "" : measured + "; ") + tests + (tests == 1 ? " test" : " tests");
    }

    private String run() {
        int tests = reports.values().stream().mapToInt(report -> report.tests).sum();
        int failed = reports.values().stream().mapToInt(report -> report.failed).sum();
        if (failed > 0) {
            throw new IllegalStateException(failed + " tests have failed: mend them, and run mvn verify again");
        }
        return "Run: %,d tests, none failed, on Java %s with %d cores."
                .formatted(
                        tests,
                        System.getProperty("java.version"),
                        Runtime.getRuntime().availableProcessors());
    }
}
