package io.github.ratelimited.store.memory;

import java.nio.ByteBuffer;
import java.security.SecureRandom;

/**
 * SipHash-2-4 with 128 bits (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) of a text's UTF-16 code units,
 * the lower byte first. Without the secret, which never leaves the process, nobody can choose texts of the same hash, or of
 * hashes that lie close together in a table.
 */
final class SipHash {

    private static final int CHARS_PER_WORD = 4;

    private final long secret0;
    private final long secret1;

    SipHash(long secret0, long secret1) {
        this.secret0 = secret0;
        this.secret1 = secret1;
    }

    /** With a secret of its own. */
    static SipHash random() {
        byte[] secret = new byte[2 * Long.BYTES];
        new SecureRandom().nextBytes(secret);
        ByteBuffer longs = ByteBuffer.wrap(secret);
        return new SipHash(longs.getLong(), longs.getLong());
    }

    Fingerprint of(String text) {
        State state = new State(secret0, secret1);
        int length = text.length();
        int tail = length - length % CHARS_PER_WORD;
        for (int i = 0; i < tail; i += CHARS_PER_WORD) {
            state.add(text.charAt(i)
                    | (long) text.charAt(i + 1) << 16
                    | (long) text.charAt(i + 2) << 32
                    | (long) text.charAt(i + 3) << 48);
        }
        long last = (long) length << 57; // twice the length, in bytes, of which the lowest eight bits count
        for (int i = tail; i < length; i++) {
            last |= (long) text.charAt(i) << (16 * (i - tail));
        }
        state.add(last);
        return state.end();
    }

    /** The names are those of the paper. */
    private static final class State {

        private long v0;
        private long v1;
        private long v2;
        private long v3;

        State(long k0, long k1) {
            v0 = k0 ^ 0x736f6d6570736575L;
            v1 = k1 ^ 0x646f72616e646f6dL ^ 0xee;
            v2 = k0 ^ 0x6c7967656e657261L;
            v3 = k1 ^ 0x7465646279746573L;
        }

        void add(long word) {
            v3 ^= word;
            rounds(2);
            v0 ^= word;
        }

        Fingerprint end() {
            v2 ^= 0xee;
            rounds(4);
            long first = v0 ^ v1 ^ v2 ^ v3;
            v1 ^= 0xdd;
            rounds(4);
            return new Fingerprint(first, v0 ^ v1 ^ v2 ^ v3);
        }

        private void rounds(int count) {
            for (int i = 0; i < count; i++) {
                v0 += v1;
                v2 += v3;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 = Long.rotateLeft(v0, 32) + v3;
                v2 += v1;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 = Long.rotateLeft(v2, 32);
            }
        }
    }
}
