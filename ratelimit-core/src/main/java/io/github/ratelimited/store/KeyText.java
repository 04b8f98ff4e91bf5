package io.github.ratelimited.store;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The text under which the bucket of a key is found, {@code toString()} for most. The parts of an array or a collection
 * are kept apart whatever they contain, and a key whose text is longer than
 * {@value #LONGEST} characters is known by the beginning and a digest of it.
 */
public final class KeyText {

    static final int LONGEST = 64;

    private static final String ANONYMOUS = "";
    private static final String SIGNS = "\\|()";

    private KeyText() {}

    /** The text of a key; {@code null}, blank and empty keys share one. */
    public static String of(@Nullable Object key) {
        String text = key instanceof String given ? orAnonymous(given) : text(key);
        return text.length() <= LONGEST ? text : shortened(text);
    }

    private static String text(@Nullable Object key) {
        String parts = parts(key);
        if (parts != null) {
            return parts;
        }
        if (key == null) {
            return ANONYMOUS;
        }
        String text = key.toString();
        if (!(key instanceof CharSequence)
                && text.equals(key.getClass().getName() + "@" + Integer.toHexString(key.hashCode()))) {
            throw new IllegalArgumentException("a key of " + key.getClass()
                    + " tells nothing: it has no toString() of its own, so each object would have permits of its own;"
                    + " use one of its properties");
        }
        return orAnonymous(text);
    }

    private static String orAnonymous(String text) {
        return text.isBlank() ? ANONYMOUS : text;
    }

    /** {@code a|b|(c|d)}, with those signs escaped within the parts; {@code null} if the key has no parts. */
    private static @Nullable String parts(@Nullable Object key) {
        if (key instanceof Set<?> set) {
            // In an order of its own: the set is the same in whatever order somebody has filled it.
            return set.stream().map(KeyText::part).sorted().collect(Collectors.joining("|"));
        }
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
        if (parts != null) {
            return "(" + parts + ")";
        }
        String text = text(part);
        StringBuilder escaped = new StringBuilder(text.length() + 8);
        for (int i = 0; i < text.length(); i++) {
            if (SIGNS.indexOf(text.charAt(i)) >= 0) {
                escaped.append('\\');
            }
            escaped.append(text.charAt(i));
        }
        return escaped.toString();
    }

    private static String shortened(String text) {
        try {
            ByteBuffer chars = ByteBuffer.allocate(2 * text.length());
            chars.asCharBuffer().put(text); // each as it is, which an encoding would not leave half a surrogate pair
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(chars.array());
            // Longer than any text that stands for itself, so that nobody can choose a text that equals another's.
            return text.substring(0, LONGEST / 2) + "#" + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
