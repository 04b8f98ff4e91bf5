package io.github.ratelimited.store;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A store answers, but not about this bucket: in its place is something that the store has not put there. All other
 * buckets are well, so that it is asked on.
 */
public final class UnusableBucketException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * Says so.
     *
     * @param message what is in the bucket's place; without keys
     */
    public UnusableBucketException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
