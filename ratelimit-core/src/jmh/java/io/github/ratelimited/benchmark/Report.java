package io.github.ratelimited.benchmark;

import java.util.ArrayList;
import java.util.List;

/** What a run has measured: tables in Markdown, printed as they come, and the bars of their chart. */
final class Report {

    /**
     * A subject's cost beside that of the floor in the same run.
     *
     * @param timesFloor time, memory, or the reciprocal of a throughput: lower is better
     */
    record Bar(String group, String subject, double timesFloor) {}

    private final List<String> lines = new ArrayList<>();
    private final List<Bar> bars = new ArrayList<>();

    void table(String title, String... columns) {
        line("");
        line("### " + title);
        line("");
        line("| " + String.join(" | ", columns) + " |");
        line("|" + "---|".repeat(columns.length));
    }

    void row(String... cells) {
        line("| " + String.join(" | ", cells) + " |");
    }

    /** Ours in bold, so that it is found at once. */
    static String shown(String subject) {
        return subject.startsWith("ratelimited") ? "**" + subject + "**" : subject;
    }

    void bar(String group, String subject, double timesFloor) {
        bars.add(new Bar(group, subject, timesFloor));
    }

    private void line(String line) {
        System.out.println(line);
        lines.add(line);
    }

    List<String> lines() {
        return lines;
    }

    List<Bar> bars() {
        return bars;
    }

    /** The cells of a row, without the bars between them. */
    static String[] cells(String row) {
        String[] cells = row.substring(1).split("\\|");
        for (int i = 0; i < cells.length; i++) {
            cells[i] = cells[i].trim();
        }
        return cells;
    }
}
