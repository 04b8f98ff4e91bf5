package io.github.ratelimited.benchmark;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs all benchmarks and prints one table of them, each beside the floor of the same run. Arguments: {@code quick} for
 * short, noisy iterations; {@code one}, {@code keys}, {@code call}, {@code heap}, {@code waiting},
 * {@code redis}, {@code jdbc} for some sections only.
 */
public final class Table {

    /** A benchmark, the parameter that tells its subjects apart, the subject that is the floor, and its title. */
    private record Section(String argument, Class<?> benchmark, String subject, Enum<?> floor, String title) {}

    private static final List<Section> SECTIONS = List.of(
            new Section("one", OneLimitBenchmark.class, "limiter", OneLimiter.GCRA, "one limit, 1 thread"),
            new Section("one", OneLimitContendedBenchmark.class, "limiter", OneLimiter.GCRA, "one limit, 2 threads"),
            new Section("keys", ManyKeysBenchmark.class, "limiter", KeyedLimiter.GCRA_IN_MAP, "limit per key"),
            new Section(
                    "call", AnnotatedCallBenchmark.class, "call", AnnotatedCall.NO_OP_INTERCEPTOR, "annotated call"),
            new Section("call", MonoCallBenchmark.class, "call", MonoCall.NO_OP_INTERCEPTOR, "annotated Mono"));

    private static final List<String> ARGUMENTS = List.of("one", "keys", "call", "heap", "waiting", "redis", "jdbc");

    private Table() {}

    public static void main(String[] args) throws Exception {
        List<String> wanted = new ArrayList<>(List.of(args));
        boolean quick = wanted.remove("quick");
        wanted.remove("full");
        if (!ARGUMENTS.containsAll(wanted)) {
            throw new IllegalArgumentException(wanted + " are not among quick, full, " + ARGUMENTS);
        }
        wanted = wanted.isEmpty() ? ARGUMENTS : wanted;
        List<String> rows = new ArrayList<>();
        for (Section section : SECTIONS) {
            if (wanted.contains(section.argument)) {
                rows.addAll(rows(section, run(section, quick)));
            }
        }
        if (!rows.isEmpty()) {
            System.out.println("\n| benchmark | | ns/op | +/- | B/op | x floor |\n|---|---|---|---|---|---|");
            rows.forEach(System.out::println);
        }
        if (wanted.contains("heap")) {
            System.out.println();
            HeapPerKey.main(new String[0]);
        }
        if (wanted.contains("waiting")) {
            System.out.println();
            WaitingRun.main(new String[0]);
        }
        if (wanted.contains("jdbc")) {
            System.out.println();
            JdbcRun.main(new String[0]);
        }
        if (wanted.contains("redis")) {
            System.out.println();
            RedisRun.main(new String[0]);
        }
    }

    private static Collection<RunResult> run(Section section, boolean quick) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(section.benchmark.getName() + "\\.")
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true);
        if (quick) {
            options.forks(1)
                    .warmupIterations(3)
                    .warmupTime(TimeValue.milliseconds(400))
                    .measurementIterations(3)
                    .measurementTime(TimeValue.milliseconds(400));
        }
        return new Runner(options.build()).run();
    }

    private static List<String> rows(Section section, Collection<RunResult> results) {
        List<String> rows = new ArrayList<>();
        for (RunResult result : sorted(section, results)) {
            Result<?> time = result.getPrimaryResult();
            double floor = floor(section, result, results).getPrimaryResult().getScore();
            rows.add(String.format(
                    Locale.ROOT,
                    "| %s%s | %s | %.1f | %.1f | %.0f | %.2f |",
                    section.title,
                    variant(section, result),
                    shown(subject(section, result)),
                    time.getScore(),
                    time.getScoreError(),
                    result.getSecondaryResults().get("gc.alloc.rate.norm").getScore(),
                    time.getScore() / floor));
        }
        return rows;
    }

    /** Variant by variant, the subjects of each in their order. */
    private static List<RunResult> sorted(Section section, Collection<RunResult> results) {
        List<String> variants = results.stream()
                .map(result -> variant(section, result))
                .distinct()
                .toList();
        List<RunResult> sorted = new ArrayList<>();
        for (String variant : variants) {
            results.stream()
                    .filter(result -> variant(section, result).equals(variant))
                    .forEach(sorted::add);
        }
        return sorted;
    }

    private static RunResult floor(Section section, RunResult result, Collection<RunResult> results) {
        return results.stream()
                .filter(each -> variant(section, each).equals(variant(section, result)))
                .filter(each -> subject(section, each).equals(section.floor.name()))
                .findFirst()
                .orElseThrow();
    }

    private static String subject(Section section, RunResult result) {
        return result.getParams().getParam(section.subject);
    }

    /** The other parameters' values: {@code , rejected}. */
    private static String variant(Section section, RunResult result) {
        BenchmarkParams params = result.getParams();
        return params.getParamsKeys().stream()
                .filter(key -> !key.equals(section.subject))
                .map(key -> ", " + shown(params.getParam(key)) + (key.equals("keys") ? " keys" : ""))
                .reduce("", String::concat);
    }

    /** {@code BUCKET4J_LOCK_FREE} as people read it. */
    static String shown(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
