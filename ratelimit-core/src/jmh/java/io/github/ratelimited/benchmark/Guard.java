package io.github.ratelimited.benchmark;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Ends with a failure when a call costs far more than it should beside the floor of the same run. The bounds are some two
 * times what is usual, so that only a change that doubles a cost is caught, whatever else the machine does. What is above
 * its bound is measured up to three times more before that is believed.
 */
final class Guard {

    /** How many times the floor's cost a subject's may be. */
    private record Bound(Section section, String variant, Enum<?> subject, double most) {}

    private static final Section ONE = new Section("One limit", OneLimitBenchmark.class, "limiter", OneLimiter.GCRA);
    private static final Section KEYS =
            new Section("A limit per key", ManyKeysBenchmark.class, "limiter", KeyedLimiter.GCRA_IN_MAP);
    private static final Section CALL =
            new Section("An annotated call", AnnotatedCallBenchmark.class, "call", AnnotatedCall.NO_OP_INTERCEPTOR);

    private static final List<Bound> BOUNDS = List.of(
            new Bound(ONE, "PERMITTED", OneLimiter.RATELIMITED, 2),
            new Bound(ONE, "REJECTED", OneLimiter.RATELIMITED, 2),
            new Bound(KEYS, "1000000", KeyedLimiter.RATELIMITED, 1.5),
            new Bound(CALL, "", AnnotatedCall.RATELIMITED, 6),
            new Bound(CALL, "", AnnotatedCall.RATELIMITED_KEY, 8),
            new Bound(CALL, "", AnnotatedCall.RATELIMITED_DENIED, 16));

    private static final int MORE = 3;

    private Guard() {}

    public static void main(String[] none) throws RunnerException {
        List<String> tooDear = new ArrayList<>();
        for (Bound bound : BOUNDS) {
            double ratio = ratio(bound);
            for (int more = 0; ratio > bound.most && more < MORE; more++) {
                ratio = Math.min(ratio, ratio(bound)); // JVMs compile one call in several ways
            }
            String line = String.format(
                    Locale.ROOT,
                    "%s, %s: %.2f x the floor, at most %.2f",
                    (bound.section.title() + " " + bound.variant).trim(),
                    Table.shown(bound.subject.name()),
                    ratio,
                    bound.most);
            System.out.println(line);
            if (ratio > bound.most) {
                tooDear.add(line);
            }
        }
        if (!tooDear.isEmpty()) {
            System.err.println("Too dear:\n" + String.join("\n", tooDear));
            System.exit(1);
        }
    }

    private static double ratio(Bound bound) throws RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(bound.section.benchmark().getName() + "\\.")
                .param(bound.section.subject(), bound.section.floor().name(), bound.subject.name())
                .forks(1)
                .warmupIterations(3)
                .warmupTime(TimeValue.milliseconds(500))
                .measurementIterations(5)
                .measurementTime(TimeValue.milliseconds(300))
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true);
        if (bound.section == ONE) {
            options.param("outcome", bound.variant);
        } else if (bound.section == KEYS) {
            options.param("keys", bound.variant);
        }
        Collection<RunResult> results = new Runner(options.build()).run();
        return best(bound, bound.subject, results) / best(bound, bound.section.floor(), results);
    }

    /** The fastest iteration: what disturbs only makes slower. */
    private static double best(Bound bound, Enum<?> subject, Collection<RunResult> results) {
        return results.stream()
                .filter(each -> bound.section.subjectOf(each).equals(subject.name()))
                .findFirst()
                .orElseThrow()
                .getPrimaryResult()
                .getStatistics()
                .getMin();
    }
}
