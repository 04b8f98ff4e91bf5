package io.github.ratelimited.store;

/** Closes what a store holds. */
final class Closing {

    private Closing() {}

    /** Closes it if it can be closed. */
    static void close(LimiterStore held) {
        try {
            if (held instanceof AutoCloseable closeable) {
                closeable.close();
            }
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception failure) {
            if (failure instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw new IllegalStateException("A store of rate limits could not be closed", failure);
        }
    }
}
