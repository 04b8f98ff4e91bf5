package io.github.ratelimited.store;

import static io.github.ratelimited.fuzz.Inputs.check;
import static io.github.ratelimited.fuzz.Inputs.lines;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Two keys share a bucket if they are the same, and only then, whatever signs their parts contain. */
public final class KeyTextFuzz {

    /** So many parts within parts are refused, as what may never end. */
    private static final int DEEPEST = 16;

    private KeyTextFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        List<String> lines = lines(input, 2);
        List<Object> one = key(lines.get(0));
        List<Object> other = key(lines.get(1));
        String oneText = of(one);
        String otherText = of(other);
        if (oneText != null && otherText != null) {
            boolean same = model(one).equals(model(other));
            check(same == oneText.equals(otherText), one + " and " + other + " are", oneText + " and " + otherText);
        }
        String text = KeyText.of(lines.get(0));
        boolean same = lines.get(0).equals(lines.get(1))
                || (lines.get(0).isBlank() && lines.get(1).isBlank());
        check(same == text.equals(KeyText.of(lines.get(1))), lines + " are both", text);
        check(
                lines.get(0).length() > KeyText.LONGEST || lines.get(0).isBlank() || text.equals(lines.get(0)),
                "is",
                text);
    }

    private static @Nullable String of(List<Object> key) {
        try {
            String text = KeyText.of(key);
            check(text.length() <= KeyText.LONGEST / 2 + 1 + 64, "it is longer than a digest", text);
            check(text.equals(KeyText.of(key.toArray())), "an array is another key than a list", text);
            return text;
        } catch (IllegalArgumentException refused) {
            check(depth(key) > DEEPEST, "a key is refused", refused.getMessage());
            return null;
        }
    }

    /** Parts between commas, a list of parts between brackets. */
    private static List<Object> key(String text) {
        List<List<Object>> open = new ArrayList<>();
        open.add(new ArrayList<>());
        StringBuilder part = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            List<Object> last = open.get(open.size() - 1);
            if (c == '[') {
                List<Object> inner = new ArrayList<>();
                last.add(inner);
                open.add(inner);
            } else if (c == ']' && open.size() > 1) {
                last.add(taken(part));
                open.remove(open.size() - 1);
            } else if (c == ',') {
                last.add(taken(part));
            } else {
                part.append(c);
            }
        }
        open.get(open.size() - 1).add(taken(part));
        return open.get(0);
    }

    private static String taken(StringBuilder part) {
        String taken = part.toString();
        part.setLength(0);
        return taken;
    }

    /** Equal for equal keys: blank parts are nobody in particular. */
    private static List<Object> model(List<?> key) {
        List<Object> model = new ArrayList<>();
        for (Object part : key) {
            model.add(
                    part instanceof List<?> inner
                            ? model(inner)
                            : part.toString().isBlank() ? "" : part);
        }
        return model;
    }

    private static int depth(Object part) {
        return part instanceof List<?> inner
                ? 1 + inner.stream().mapToInt(KeyTextFuzz::depth).max().orElse(0)
                : 0;
    }
}
