package io.github.ratelimited.store.memory;

/**
 * 128 bits that stand for a key. Two of {@code n} keys that are held at one time have the same ones with a probability of
 * less than {@code n * n / 2^128}: for ten million keys that is one in 10^24. They would share a bucket.
 *
 * @param first never 0, which is how a table marks a slot without a key
 */
record Fingerprint(long first, long second) {

    Fingerprint {
        first = first == 0 ? 1 : first;
    }
}
