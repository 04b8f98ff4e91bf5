package io.github.ratelimited.benchmark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs all benchmarks and prints tables of them, each subject beside the floor of the same run. Arguments: {@code quick} for
 * short, noisy iterations; {@code page} to write what was measured into {@code docs/performance.md}; {@code one},
 * {@code keys}, {@code call}, {@code heap}, {@code waiting}, {@code redis}, {@code jdbc} for some sections only.
 */
public final class Table {

    private static final List<String> ARGUMENTS = List.of("one", "keys", "call", "heap", "waiting", "jdbc", "redis");

    private final boolean quick;
    private final Report report = new Report();

    private Table(boolean quick) {
        this.quick = quick;
    }

    public static void main(String[] args) throws Exception {
        List<String> wanted = new ArrayList<>(List.of(args));
        boolean quick = wanted.remove("quick");
        boolean page = wanted.remove("page");
        if (!ARGUMENTS.containsAll(wanted)) {
            throw new IllegalArgumentException(wanted + " are not among quick, page, " + ARGUMENTS);
        }
        Table table = new Table(quick);
        for (String section : ARGUMENTS) {
            if (wanted.isEmpty() || wanted.contains(section)) {
                table.run(section);
            }
        }
        if (page) {
            new PerformancePage().write(table.report);
        }
        System.exit(0); // others leave threads behind
    }

    private void run(String section) throws Exception {
        switch (section) {
            case "one" -> {
                run(new Section("One limit, 1 thread", OneLimitBenchmark.class, "limiter", OneLimiter.GCRA));
                Section contended = new Section(
                        "One limit, 2 threads", OneLimitContendedBenchmark.class, "limiter", OneLimiter.GCRA);
                run(contended);
                run(
                        contended.titled("One limit, 16 threads"),
                        options -> options.threads(16).param("outcome", "PERMITTED"));
            }
            case "keys" -> {
                Section keys =
                        new Section("A limit per key", ManyKeysBenchmark.class, "limiter", KeyedLimiter.GCRA_IN_MAP);
                run(keys);
                run(
                        keys.titled("A limit per key, many"),
                        options -> options.param("limiter", "GCRA_IN_MAP", "RATELIMITED")
                                .param("keys", "10000000")
                                .jvmArgsAppend("-Xmx6g"));
            }
            case "call" -> {
                run(new Section(
                        "An annotated call", AnnotatedCallBenchmark.class, "call", AnnotatedCall.NO_OP_INTERCEPTOR));
                run(new Section("An annotated Mono", MonoCallBenchmark.class, "call", MonoCall.NO_OP_INTERCEPTOR));
            }
            case "heap" -> HeapPerKey.run(report);
            case "waiting" -> {
                WaitingRun.run(report);
                FuturesRun.run(report);
            }
            case "jdbc" -> remote("PostgreSQL", JdbcRun.class);
            default -> remote("Redis", RedisRun.class);
        }
    }

    /** Of these the table's first two columns say what is asked, and of whom; the fifth, how fast beside the floor. */
    private void remote(String store, Class<?> main) throws IOException, InterruptedException {
        List<String> rows = FreshJvm.rows(main, quick ? "2" : "5");
        report.table(store, Report.cells(rows.get(0)));
        for (String row : rows.subList(2, rows.size())) {
            String[] cells = Report.cells(row);
            cells[1] = Report.shown(cells[1]);
            report.row(cells);
            if (!cells[4].isEmpty()) {
                String subject = Report.cells(row)[1];
                report.bar(store + ", callers and keys: " + cells[0], subject, 1 / Double.parseDouble(cells[4]));
            }
        }
    }

    private void run(Section section) throws RunnerException {
        run(section, options -> options);
    }

    private void run(Section section, UnaryOperator<ChainedOptionsBuilder> more) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(section.benchmark().getName() + "\\.")
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .forks(quick ? 1 : 2)
                .warmupIterations(3)
                .warmupTime(TimeValue.milliseconds(quick ? 300 : 600))
                .measurementIterations(quick ? 3 : 5)
                .measurementTime(TimeValue.milliseconds(quick ? 300 : 600));
        Collection<RunResult> results = new Runner(more.apply(options).build()).run();
        report.table(section.title(), "", "", "ns/op", "+/-", "B/op", "x floor");
        for (RunResult result : section.sorted(results)) {
            Result<?> time = result.getPrimaryResult();
            double timesFloor = time.getScore()
                    / section.floorOf(result, results).getPrimaryResult().getScore();
            String subject = shown(section.subjectOf(result));
            report.row(
                    section.variantOf(result),
                    Report.shown(subject),
                    String.format(Locale.ROOT, "%.1f", time.getScore()),
                    String.format(Locale.ROOT, "%.1f", time.getScoreError()),
                    String.format(
                            Locale.ROOT,
                            "%.0f",
                            result.getSecondaryResults()
                                    .get("gc.alloc.rate.norm")
                                    .getScore()),
                    String.format(Locale.ROOT, "%.2f", timesFloor));
            report.bar(section.title() + " " + section.variantOf(result), subject, timesFloor);
        }
    }

    /** {@code BUCKET4J_LOCK_FREE} as people read it. */
    static String shown(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
