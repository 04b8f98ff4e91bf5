package io.github.ratelimited.store;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The text under which the bucket of a key is found, {@code toString()} for most. The parts of an array, a collection,
 * a map or a record are kept apart whatever they contain, an {@code Optional} is what it holds, and a key whose text is
 * longer than {@value #LONGEST} characters is known by the beginning and a digest of it.
 */
public final class KeyText {

    static final int LONGEST = 64;

    /** Of a key that contains itself there is no end. */
    private static final int DEEPEST = 16;

    private static final String ANONYMOUS = "";
    private static final String SIGNS = "\\|()";

    private KeyText() {}

    /**
     * The text of a key; {@code null}, blank and empty keys share one.
     *
     * @throws IllegalArgumentException if it has nothing to be told from others by, or its parts never end
     */
    public static String of(@Nullable Object key) {
        String text = key instanceof String given ? orAnonymous(given) : text(key, 0);
        return text.length() <= LONGEST ? text : shortened(text);
    }

    private static String text(@Nullable Object given, int depth) {
        Object key = unwrapped(given);
        String parts = parts(key, depth);
        if (parts != null) {
            return parts;
        }
        if (key == null) {
            return ANONYMOUS;
        }
        String text = key.toString();
        if (!(key instanceof CharSequence) && isOfTheObjectAlone(text, key)) {
            throw new IllegalArgumentException("a key of " + key.getClass()
                    + " tells nothing: it has no toString() of its own, so each object would have permits of its own;"
                    + " use one of its properties");
        }
        return orAnonymous(text);
    }

    /** Whatever stands before it, a text that ends as {@link Object#toString()} does is another one for each object. */
    private static boolean isOfTheObjectAlone(String text, Object key) {
        int at = text.lastIndexOf('@');
        if (at < 0) {
            return false;
        }
        String end = text.substring(at + 1);
        return end.equals(Integer.toHexString(key.hashCode()))
                || end.equals(Integer.toHexString(System.identityHashCode(key)));
    }

    private static @Nullable Object unwrapped(@Nullable Object key) {
        Object held = key;
        while (held instanceof Optional<?> optional) {
            held = optional.orElse(null);
        }
        return held;
    }

    private static String orAnonymous(String text) {
        return text.isBlank() ? ANONYMOUS : text;
    }

    /** {@code a|b|(c|d)}, with those signs escaped within the parts; {@code null} if the key has no parts. */
    private static @Nullable String parts(@Nullable Object key, int depth) {
        if (key instanceof Set<?> set) {
            return inAnyOrder(set.stream().map(each -> part(each, deeper(depth))));
        }
        if (key instanceof Map<?, ?> map) {
            return inAnyOrder(map.entrySet().stream()
                    .map(entry -> part(Arrays.asList(entry.getKey(), entry.getValue()), deeper(depth))));
        }
        if (key instanceof Collection<?> collection) {
            return inOrder(collection.stream(), depth);
        }
        if (key instanceof Record value) {
            Stream<?> components = RecordParts.of(value);
            return components == null ? null : inOrder(components, depth);
        }
        if (key != null && key.getClass().isArray()) {
            return inOrder(IntStream.range(0, Array.getLength(key)).mapToObj(i -> Array.get(key, i)), depth);
        }
        return null;
    }

    private static String inOrder(Stream<?> parts, int depth) {
        return parts.map(part -> part(part, deeper(depth))).collect(Collectors.joining("|"));
    }

    /** In an order of its own: a set or a map is the same in whatever order somebody has filled it. */
    private static String inAnyOrder(Stream<String> parts) {
        return parts.sorted().collect(Collectors.joining("|"));
    }

    private static int deeper(int depth) {
        if (depth == DEEPEST) {
            throw new IllegalArgumentException("a key has parts within parts, more than " + DEEPEST
                    + " deep, or contains itself; use one of its properties");
        }
        return depth + 1;
    }

    private static String part(@Nullable Object given, int depth) {
        Object part = unwrapped(given);
        String parts = parts(part, depth);
        if (parts != null) {
            return "(" + parts + ")";
        }
        String text = text(part, depth);
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
