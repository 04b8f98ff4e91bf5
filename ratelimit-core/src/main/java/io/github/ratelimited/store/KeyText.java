package io.github.ratelimited.store;

import java.lang.reflect.Array;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The text under which the bucket of a key is found. Different keys have different texts: the parts of an array or a
 * collection are kept apart whatever they contain, and a key whose text is longer than
 * {@value #LONGEST} characters is known by the beginning and a digest of it.
 */
public final class KeyText {

    static final int LONGEST = 128;

    private static final String ANONYMOUS = "";
    private static final Pattern SIGNS = Pattern.compile("[\\\\|()]");

    private KeyText() {}

    /** The text of a key; {@code null}, blank and empty keys share one. */
    public static String of(@Nullable Object key) {
        String text = text(key);
        return text.length() <= LONGEST ? text : shortened(text);
    }

    private static String text(@Nullable Object key) {
        String parts = parts(key);
        if (parts != null) {
            return parts;
        }
        String text = key == null ? ANONYMOUS : key.toString();
        return text.isBlank() ? ANONYMOUS : text;
    }

    /** {@code a|b|(c|d)}, with those signs escaped within the parts; {@code null} if the key has no parts. */
    private static @Nullable String parts(@Nullable Object key) {
        if (key instanceof Collection<?> collection) {
            return collection.stream().map(KeyText::part).collect(Collectors.joining("|"));
        }
        if (key != null && key.getClass().isArray()) {
            return IntStream.range(0, Array.getLength(key))
                    .mapToObj(i -> part(Array.get(key, i)))
                    .collect(Collectors.joining("|"));
        }
        return null;
    }

    private static String part(@Nullable Object part) {
        String parts = parts(part);
        return parts != null
                ? "(" + parts + ")"
                : SIGNS.matcher(text(part)).replaceAll(sign -> "\\\\" + Matcher.quoteReplacement(sign.group()));
    }

    private static String shortened(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            // One longer than any text that stands for itself, so that nobody can choose a text that equals another's.
            return text.substring(0, LONGEST - 64) + "#" + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
