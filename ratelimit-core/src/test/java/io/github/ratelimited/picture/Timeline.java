package io.github.ratelimited.picture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Draws what became of calls, as SVG: a row for each limiter, a mark for each call, time from left to right. */
final class Timeline {

    private static final int LEFT = 190;
    private static final int WIDTH = 900;
    private static final int ROW = 46;
    private static final int TOP = 70;

    private final String title;
    private final long millis;
    private final List<Row> rows = new ArrayList<>();

    /** A call that took place at that time, or was denied then. */
    record Mark(long millis, boolean allowed) {}

    private record Row(String name, String detail, List<Mark> marks, String result) {}

    /** From zero to {@code millis}. */
    Timeline(String title, long millis) {
        this.title = title;
        this.millis = millis;
    }

    void add(String name, String detail, List<Mark> marks, String result) {
        rows.add(new Row(name, detail, marks, result));
    }

    String svg() {
        int height = TOP + rows.size() * ROW + 34;
        StringBuilder svg = new StringBuilder();
        line(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
                        + " font-family=\"sans-serif\" font-size=\"13\" fill=\"#24292f\" role=\"img\">",
                WIDTH,
                height,
                WIDTH,
                height);
        line(svg, "<title>%s</title>", title);
        line(svg, "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#ffffff\"/>", WIDTH, height);
        text(svg, 16, 28, "font-size=\"16\" font-weight=\"bold\"", title);
        mark(svg, LEFT, 46, true);
        text(svg, LEFT + 8, 55, "", "takes place");
        mark(svg, LEFT + 100, 46, false);
        text(svg, LEFT + 108, 55, "", "denied");
        for (long second = 0; second <= millis; second += 1_000) {
            line(
                    svg,
                    "<path d=\"M%s %dV%d\" stroke=\"#d0d7de\" stroke-dasharray=\"3 3\"/>",
                    x(second),
                    TOP,
                    height - 28);
            text(svg, x(second) - 8, height - 12, "fill=\"#57606a\"", second / 1_000 + " s");
        }
        for (int i = 0; i < rows.size(); i++) {
            draw(svg, rows.get(i), TOP + i * ROW);
        }
        return svg.append("</svg>\n").toString();
    }

    private void draw(StringBuilder svg, Row row, int y) {
        text(svg, 16, y + 18, "font-weight=\"bold\"", row.name());
        text(svg, 16, y + 34, "font-size=\"11\" fill=\"#57606a\"", row.detail());
        line(svg, "<path d=\"M%d %dH%s\" stroke=\"#d0d7de\"/>", LEFT, y + 30, x(millis));
        Map<Long, Integer> beside = new HashMap<>(); // those of one moment stand side by side
        for (Mark mark : row.marks()) {
            int before = beside.merge(mark.millis(), 1, Integer::sum) - 1;
            mark(svg, x(mark.millis()) + before * 4, y + 8, mark.allowed());
        }
        text(svg, x(millis) + 12, y + 26, "font-size=\"11\"", row.result());
    }

    /** Told apart by size and by shape, not by colour alone. */
    private static void mark(StringBuilder svg, double x, int top, boolean allowed) {
        if (allowed) {
            line(svg, "<rect x=\"%.1f\" y=\"%d\" width=\"2.4\" height=\"22\" fill=\"#1a7f37\"/>", x - 1.2, top);
        } else {
            line(svg, "<rect x=\"%.1f\" y=\"%d\" width=\"2.4\" height=\"7\" fill=\"#cf222e\"/>", x - 1.2, top + 15);
        }
    }

    private double x(long time) {
        return LEFT + time * (WIDTH - LEFT - 160.0) / millis;
    }

    private static void text(StringBuilder svg, double x, int y, String style, String text) {
        line(svg, "<text x=\"%.1f\" y=\"%d\" %s>%s</text>", x, y, style, text);
    }

    private static void line(StringBuilder svg, String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
