package io.github.ratelimited.store;

import java.lang.reflect.Array;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The text under which the bucket of a key is found. Different keys have different texts: the parts of an array or a
 * collection are kept apart whatever they contain, and a key of any length has a text of at most
 * {@value #LONGEST} characters.
 */
public final class KeyText {

    static final int LONGEST = 128;

    private static final String ANONYMOUS = "";

    private KeyText() {}

    /** The text of a key; {@code null}, blank and empty keys share one. */
    public static String of(@Nullable Object key) {
        String text = text(key);
        return text.length() <= LONGEST ? text : shortened(text);
    }

    private static String text(@Nullable Object key) {
        if (key == null) {
            return ANONYMOUS;
        }
        if (key instanceof Collection<?> parts) {
            return parts.stream().map(KeyText::part).collect(Collectors.joining("|"));
        }
        if (key.getClass().isArray()) {
            return IntStream.range(0, Array.getLength(key))
                    .mapToObj(i -> part(Array.get(key, i)))
                    .collect(Collectors.joining("|"));
        }
        String text = key.toString();
        return text.isBlank() ? ANONYMOUS : text;
    }

    private static String part(@Nullable Object part) {
        return text(part).replace("\\", "\\\\").replace("|", "\\|");
    }

    private static String shortened(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return text.substring(0, LONGEST - 65) + "#" + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
