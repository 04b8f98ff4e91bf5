package io.github.ratelimited.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Draws bars on a logarithmic scale, the floor at 1, as SVG that reads in light and in dark. */
final class Chart {

    private static final int WIDTH = 760;
    private static final int LABELS = 230;
    private static final int FIGURES = 60;
    private static final int BAR = 14;
    private static final int ROW = 20;
    private static final int GROUP = 34;
    private static final double LEAST = 0.25;

    private static final String STYLE = """
            text { font: 13px system-ui, sans-serif; fill: #1f2328 }
            .title { font-weight: 600 }
            .ours { fill: #0969da } .peer { fill: #c4a35a } .floor { fill: #8c959f }
            line { stroke: #8c959f; stroke-dasharray: 3 3 }
            @media (prefers-color-scheme: dark) {
              text { fill: #e6edf3 } .ours { fill: #58a6ff } .peer { fill: #d4b66a } .floor { fill: #7d8590 }
            }
            """;

    private final StringBuilder svg = new StringBuilder();
    private final double most;

    private Chart(double most) {
        this.most = most;
    }

    static String of(List<Report.Bar> bars) {
        double most = bars.stream().mapToDouble(Report.Bar::timesFloor).max().orElse(1);
        return new Chart(most).draw(bars);
    }

    private String draw(List<Report.Bar> bars) {
        List<String> groups = new ArrayList<>();
        bars.stream().map(Report.Bar::group).distinct().forEach(groups::add);
        int height = groups.size() * GROUP + bars.size() * ROW + 10;
        add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n",
                WIDTH, height, "Cost beside the floor, lower is better");
        svg.append("<style>\n").append(STYLE).append("</style>\n");
        int y = 0;
        for (String group : groups) {
            y += GROUP;
            add("<text class=\"title\" x=\"0\" y=\"%d\">%s</text>%n", y - 8, escaped(group));
            int top = y;
            for (Report.Bar bar : bars) {
                if (bar.group().equals(group)) {
                    draw(bar, y);
                    y += ROW;
                }
            }
            add("<line x1=\"%1$.1f\" x2=\"%1$.1f\" y1=\"%2$d\" y2=\"%3$d\"/>%n", x(1), top - 2, y);
        }
        return svg.append("</svg>\n").toString();
    }

    private void draw(Report.Bar bar, int y) {
        double end = x(Math.max(LEAST, bar.timesFloor()));
        String kind = bar.subject().startsWith("ratelimited") ? "ours" : bar.timesFloor() == 1 ? "floor" : "peer";
        add("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n", LABELS - 8, y + 12, escaped(bar.subject()));
        add(
                "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>%n",
                kind, LABELS, y + 1, end - LABELS, BAR);
        add("<text x=\"%.1f\" y=\"%d\">%.2f x</text>%n", end + 6, y + 12, bar.timesFloor());
    }

    private double x(double value) {
        double share = Math.log(value / LEAST) / Math.log(Math.max(2, most) / LEAST);
        return LABELS + share * (WIDTH - LABELS - FIGURES - 10);
    }

    private void add(String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
