package io.github.ratelimited.store;

/** What becomes of a call whose store gives no answer. */
public enum StoreFailurePolicy {
    /** It goes on, uncounted. */
    ALLOW,
    /** It is denied. */
    DENY,
    /** This instance counts by itself, and lets its share of the limit through. */
    LOCAL
}
