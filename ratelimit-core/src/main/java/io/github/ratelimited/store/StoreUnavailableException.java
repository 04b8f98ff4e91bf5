package io.github.ratelimited.store;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A store cannot be reached. Thrown by a store that knows it has no connection: it is not asked again until it answers,
 * whereas any other failure may be one of its own.
 */
public final class StoreUnavailableException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    /**
     * Says so.
     *
     * @param message what could not be done, and why; without keys
     */
    public StoreUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
