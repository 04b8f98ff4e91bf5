package io.github.ratelimited.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keys as nobody can read or guess them who has not the secret: the first 128 bits of an HMAC with SHA-256 (RFC 2104), in
 * 22 signs that mean nothing to any store. One key has one hash under all limits, so that they can be asked together.
 */
public final class KeyHash {

    /** The fewest characters of a secret. */
    public static final int SHORTEST_SECRET = 16;

    private static final String ALGORITHM = "HmacSHA256";
    private static final int BYTES = 16;

    private final SecretKeySpec secret;

    /**
     * Hashes by a secret.
     *
     * @throws IllegalArgumentException if it has fewer than {@value #SHORTEST_SECRET} characters
     */
    public KeyHash(String secret) {
        if (secret.length() < SHORTEST_SECRET) {
            throw new IllegalArgumentException("the secret has " + secret.length() + " characters, fewer than "
                    + SHORTEST_SECRET + ": it could be guessed");
        }
        this.secret = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
    }

    /** The hash of a key, whatever characters are in it. */
    public String of(String key) {
        ByteBuffer chars = ByteBuffer.allocate(Character.BYTES * key.length());
        chars.asCharBuffer().put(key); // each as it is, which an encoding would not leave half a surrogate pair
        try {
            Mac mac = Mac.getInstance(ALGORITHM); // each its own: none is safe to share
            mac.init(secret);
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(Arrays.copyOf(mac.doFinal(chars.array()), BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
