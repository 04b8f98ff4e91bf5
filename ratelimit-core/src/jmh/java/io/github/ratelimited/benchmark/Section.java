package io.github.ratelimited.benchmark;

import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;

/**
 * A benchmark as a table.
 *
 * @param subject the parameter that tells its subjects apart
 * @param floor the subject that is the floor
 */
record Section(String title, Class<?> benchmark, String subject, Enum<?> floor) {

    Section titled(String title) {
        return new Section(title, benchmark, subject, floor);
    }

    /** Variant by variant, the subjects of each in their order. */
    List<RunResult> sorted(Collection<RunResult> results) {
        return results.stream()
                .map(this::variantOf)
                .distinct()
                .flatMap(variant ->
                        results.stream().filter(each -> variantOf(each).equals(variant)))
                .toList();
    }

    RunResult floorOf(RunResult result, Collection<RunResult> results) {
        return results.stream()
                .filter(each -> variantOf(each).equals(variantOf(result)))
                .filter(each -> subjectOf(each).equals(floor.name()))
                .findFirst()
                .orElseThrow();
    }

    String subjectOf(RunResult result) {
        return result.getParams().getParam(subject);
    }

    /** The other parameters' values: {@code rejected}. */
    String variantOf(RunResult result) {
        BenchmarkParams params = result.getParams();
        return params.getParamsKeys().stream()
                .filter(key -> !key.equals(subject))
                .map(key -> Table.shown(params.getParam(key)) + (key.equals("keys") ? " keys" : ""))
                .reduce("", (a, b) -> a.isEmpty() ? b : a + ", " + b);
    }
}
