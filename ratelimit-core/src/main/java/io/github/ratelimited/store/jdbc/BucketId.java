package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.store.LimitName;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Under which id a bucket is found: {@code <prefix><limit>} or {@code <prefix><limit>:<key>}. What a database might not
 * keep as it is (signs beyond ASCII, a space at the end, long texts) is known by its beginning and a digest.
 */
final class BucketId {

    /** The most characters of an id. */
    static final int LONGEST = 128;

    /** Only ids of our own making contain it, so that nobody can choose a key that equals another's digest. */
    private static final char MARK = '~';

    private static final int DIGEST = 64;

    private BucketId() {}

    static String of(String prefix, LimitName name, @Nullable String key) {
        String limit = prefix + name.id().replace("\\", "\\\\").replace(":", "\\:");
        String text = key == null ? limit : limit + ":" + key;
        return isPlain(text) ? text : digested(text);
    }

    /** The id of a row that is no bucket. */
    static String own(String name) {
        return MARK + name;
    }

    private static boolean isPlain(String text) {
        return text.length() <= LONGEST && !text.endsWith(" ") && text.chars().allMatch(BucketId::isPlain);
    }

    private static boolean isPlain(int sign) {
        return sign >= ' ' && sign < MARK;
    }

    private static String digested(String text) {
        try {
            ByteBuffer chars = ByteBuffer.allocate(Character.BYTES * text.length());
            chars.asCharBuffer().put(text);
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(chars.array());
            StringBuilder id = new StringBuilder(LONGEST);
            text.chars().limit(LONGEST - DIGEST - 1).forEach(sign -> id.append(isPlain(sign) ? (char) sign : '?'));
            return id.append(MARK).append(HexFormat.of().formatHex(digest)).toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
