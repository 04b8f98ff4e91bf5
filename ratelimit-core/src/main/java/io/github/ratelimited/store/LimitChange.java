package io.github.ratelimited.store;

import io.github.ratelimited.Limit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What is to be different about a limit from now on.
 *
 * @param limit its numbers; {@code null} = as they are
 * @param maxWaitNanos how long its calls wait, whatever their methods say, {@code Long.MAX_VALUE} = for ever; {@code null}
 *     = as it is
 * @param policy makes its policy of the one that holds now
 */
public record LimitChange(@Nullable Limit limit, @Nullable Long maxWaitNanos, UnaryOperator<LimitPolicy> policy) {

    /** Other numbers. */
    public static LimitChange to(Limit limit) {
        return new LimitChange(limit, null, UnaryOperator.identity());
    }
}
