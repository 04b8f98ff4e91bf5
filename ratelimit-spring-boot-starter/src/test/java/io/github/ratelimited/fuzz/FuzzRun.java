package io.github.ratelimited.fuzz;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.util.FileSystemUtils;

/**
 * One run of Jazzer on one target, in a JVM of its own, since it instruments the classes. It begins with the inputs of
 * {@code fuzz/<target>.seeds}, between lines of {@code ---} and with Java's escapes, and knows the words of
 * {@code fuzz/<target>.dict} if there are any. All that it writes is under {@code target/fuzz}.
 */
final class FuzzRun {

    /** Ours, and of others what reads for us; classes that are not used cost nothing. */
    private static final String INSTRUMENTED = String.join(
            ":",
            "io.github.ratelimited.**",
            "org.springframework.expression.spel.standard.**",
            "org.springframework.format.datetime.standard.**",
            "org.springframework.web.util.pattern.**",
            "org.springframework.boot.context.properties.source.ConfigurationPropertyName*",
            "org.aspectj.weaver.patterns.PatternParser",
            "org.aspectj.weaver.patterns.BasicTokenSource");

    private static final int LONGEST_INPUT = 400;

    /** One input does not take so long, on however busy a machine, unless it takes for ever. */
    private static final int HANGING_SECONDS = 60;

    private static final int FEW_RUNS = 100;

    /** A run that better code would come too late for. */
    private static final int SOON_OVER_SECONDS = 30;

    private static final Pattern INPUTS = Pattern.compile("stat::number_of_executed_units: (\\d+)");
    private static final Pattern COVERAGE = Pattern.compile("cov: (\\d+) ft: (\\d+)");

    private final Class<?> target;
    private final Path directory;
    private final int exitCode;
    private final String log;

    private FuzzRun(Class<?> target, Path directory, int exitCode, String log) {
        this.target = target;
        this.directory = directory;
        this.exitCode = exitCode;
        this.log = log;
    }

    /** Fuzzes for so many seconds, or until something is found; for none, as many inputs as a build has time for. */
    static FuzzRun of(Class<?> target, long seconds, long seed) throws IOException, InterruptedException {
        Path directory = Path.of("target", "fuzz", target.getSimpleName()).toAbsolutePath();
        FileSystemUtils.deleteRecursively(directory);
        Path found = Files.createDirectories(directory.resolve("corpus"));
        Path seeds = Files.createDirectories(directory.resolve("seeds"));
        Path temporary = Files.createDirectories(directory.resolve("tmp"));
        writeSeeds(target, seeds);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                seconds < SOON_OVER_SECONDS ? "-XX:TieredStopAtLevel=1" : "-XX:+TieredCompilation",
                "-XX:+EnableDynamicAgentLoading",
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.getName(),
                "--instrumentation_includes=" + INSTRUMENTED,
                "--custom_hook_includes=" + INSTRUMENTED,
                "--custom_hook_excludes=" + target.getName() + "*", // what looks for regular expressions is slow
                "--disabled_hooks=com.code_intelligence.jazzer.sanitizers.RegexInjection", // patterns of paths have
                // some
                "--reproducer_path=" + directory,
                "-artifact_prefix=" + directory + "/",
                seconds == 0 ? "-runs=" + FEW_RUNS : "-max_total_time=" + seconds,
                "-timeout=" + HANGING_SECONDS,
                "-max_len=" + LONGEST_INPUT,
                "-seed=" + (1 + (seed & 0xFFFFFF)),
                "-print_final_stats=1"));
        try (InputStream words = resource(target, ".dict")) {
            if (words != null) {
                Path dictionary = directory.resolve("dict");
                Files.copy(words, dictionary);
                command.add("-dict=" + dictionary);
            }
        }
        command.add(found.toString());
        command.add(seeds.toString());
        return run(target, directory, command, seconds);
    }

    private static FuzzRun run(Class<?> target, Path directory, List<String> command, long seconds)
            throws IOException, InterruptedException {
        Path log = directory.resolve("log");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            boolean ended = process.waitFor(seconds + 5 * HANGING_SECONDS, TimeUnit.SECONDS);
            return new FuzzRun(
                    target,
                    directory,
                    ended ? process.exitValue() : -1,
                    Files.readString(log, StandardCharsets.ISO_8859_1));
        } finally {
            process.destroyForcibly();
        }
    }

    private static void writeSeeds(Class<?> target, Path directory) throws IOException {
        try (InputStream seeds = resource(target, ".seeds")) {
            if (seeds == null) {
                throw new IOException("there are no seeds for " + target.getSimpleName());
            }
            String text = new String(seeds.readAllBytes(), StandardCharsets.ISO_8859_1).replaceFirst("\n$", "");
            String[] inputs = text.split("\n---\n", -1);
            for (int i = 0; i < inputs.length; i++) {
                byte[] input = inputs[i].translateEscapes().getBytes(StandardCharsets.ISO_8859_1);
                Files.write(directory.resolve(String.format("%03d", i)), input);
            }
        }
    }

    private static InputStream resource(Class<?> target, String extension) {
        return FuzzRun.class.getResourceAsStream("/fuzz/" + target.getSimpleName() + extension);
    }

    boolean foundNothing() {
        return exitCode == 0;
    }

    /** {@code target: N inputs, M edges, K features covered}. */
    String summary() {
        Matcher coverage = COVERAGE.matcher(log);
        String covered = "nothing";
        while (coverage.find()) {
            covered = coverage.group(1) + " edges, " + coverage.group(2) + " features";
        }
        return target.getSimpleName() + ": " + inputs() + " inputs, " + covered + " covered";
    }

    long inputs() {
        Matcher inputs = INPUTS.matcher(log);
        return inputs.find() ? Long.parseLong(inputs.group(1)) : 0;
    }

    /** What was found, and by which input, as it is written into the seeds to keep it. */
    String report() throws IOException {
        StringBuilder report = new StringBuilder(summary() + ", exit code " + exitCode + "\n");
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(FuzzRun::isFinding).toList()) {
                report.append("found by the input of ").append(file).append(", for the seeds:\n");
                report.append(escaped(Files.readAllBytes(file))).append("\n");
            }
        }
        int finding = log.indexOf("\n==");
        return report.append(finding < 0 ? log.substring(Math.max(0, log.length() - 2_000)) : log.substring(finding))
                .toString();
    }

    private static boolean isFinding(Path file) {
        return file.getFileName().toString().matches("(crash|timeout|oom)-.*");
    }

    private static String escaped(byte[] input) {
        StringBuilder escaped = new StringBuilder();
        for (byte each : input) {
            char c = (char) (each & 0xFF);
            if (c == '\\') {
                escaped.append("\\\\");
            } else if (c == '\n' || (c >= 0x20 && c < 0x7F)) {
                escaped.append(c);
            } else {
                escaped.append(String.format("\\%03o", (int) c));
            }
        }
        return escaped.toString();
    }
}
