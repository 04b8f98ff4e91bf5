package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.autoconfigure.actuate.LimitOperations.Wish;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.lang.Nullable;

/**
 * The limits of the application as they are now, and what an operator can do to them: change one while it runs, see how a
 * key stands, give permits back, reset a key. Over JMX as it is; over HTTP by {@link RateLimitsWebExtension}.
 */
@Endpoint(id = "ratelimits")
@SuppressWarnings("deprecation") // Spring Boot 3.5 tells by that @Nullable alone what may be left out
public class RateLimitsEndpoint {

    private final LimitReports reports;
    private final LimitOperations operations;

    RateLimitsEndpoint(LimitReports reports, LimitOperations operations) {
        this.reports = reports;
        this.operations = operations;
    }

    /** All limits. */
    @ReadOperation
    public Object limits() {
        return reports.all();
    }

    /**
     * One limit, or how one of its keys stands, of which nothing is taken.
     *
     * @throws IllegalArgumentException if there is no limit of that name
     */
    @ReadOperation
    public Object limit(@Selector String name, @Nullable String key) {
        return key == null ? reports.of(name) : reports.of(name, key);
    }

    /**
     * Changes a limit, or gives {@code refund} permits back to a key.
     *
     * @return the limit or the key as it is now
     * @throws IllegalArgumentException if there is no limit of that name, or it cannot be changed so; then it is as before
     */
    @WriteOperation
    public Object change(
            @Selector String name,
            @Nullable Long permits,
            @Nullable String per,
            @Nullable Long burst,
            @Nullable String mode,
            @Nullable String maxWait,
            @Nullable String key,
            @Nullable Long refund) {
        return change(name, new Wish(permits, per, burst, mode, maxWait, key, refund), null);
    }

    Object change(String name, Wish wish, @Nullable String by) {
        operations.apply(name, wish, by);
        return wish.refund() == null ? reports.of(name) : reports.of(name, wish.key());
    }

    /**
     * Forgets what was taken from a key.
     *
     * @param key left out = from the permits that calls without a key share
     * @return the key as it is now
     * @throws IllegalArgumentException if there is no limit of that name
     */
    @DeleteOperation
    public Object reset(@Selector String name, @Nullable String key) {
        return reset(name, key, null);
    }

    Object reset(String name, @Nullable String key, @Nullable String by) {
        operations.reset(name, key, by);
        return reports.of(name, key);
    }
}
