package io.github.ratelimited.fuzz;

import io.github.ratelimited.InvalidRateLimitException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the targets share: inputs as text, and what they ask of every parser. */
public final class Inputs {

    private Inputs() {}

    /** The whole input. */
    public static String text(byte[] input) {
        return new String(input, StandardCharsets.UTF_8);
    }

    /** Its lines, at least so many, empty ones where there are fewer; what is left stands in the last. */
    public static List<String> lines(byte[] input, int lines) {
        String[] found = (text(input) + "\n".repeat(lines)).split("\n", lines);
        found[lines - 1] = found[lines - 1].stripTrailing();
        return List.of(found);
    }

    /**
     * What a parser makes of a value; {@code null} if it refuses it, as it may: by an exception that names the place and
     * the value.
     */
    public static <T> @Nullable T parsed(String place, String value, Supplier<T> parser) {
        try {
            return parser.get();
        } catch (InvalidRateLimitException refused) {
            check(refused.getPlace().startsWith(place), "the refusal does not name the place", refused.getMessage());
            check(refused.getProblem().contains(value), "the refusal does not name the value", refused.getMessage());
            check(!refused.getFix().isBlank(), "the refusal has no fix", refused.getMessage());
            return null;
        }
    }

    /** Fails with what was found if something does not hold. */
    public static void check(boolean holds, String otherwise, @Nullable Object found) {
        if (!holds) {
            throw new AssertionError(otherwise + ": " + found);
        }
    }
}
