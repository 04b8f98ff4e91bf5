package io.github.ratelimited.store;

import io.github.ratelimited.Limit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What is to be different about a limit from now on.
 *
 * @param limit makes its numbers of those that hold now; what it throws is thrown before anything has changed
 * @param maxWaitNanos how long its calls wait, whatever their methods say, {@code Long.MAX_VALUE} = for ever; {@code null}
 *     = as it is
 * @param policy makes its policy of the one that holds now
 * @param declared whether its numbers are then what it is declared to be, as all who use it will say from now on
 */
public record LimitChange(
        UnaryOperator<Limit> limit, @Nullable Long maxWaitNanos, UnaryOperator<LimitPolicy> policy, boolean declared) {

    /** Of a limit that is declared as it was. */
    public LimitChange(UnaryOperator<Limit> limit, @Nullable Long maxWaitNanos, UnaryOperator<LimitPolicy> policy) {
        this(limit, maxWaitNanos, policy, false);
    }

    /** Other numbers. */
    public static LimitChange to(Limit limit) {
        return new LimitChange(before -> limit, null, UnaryOperator.identity());
    }

    /** Another policy. */
    public static LimitChange of(UnaryOperator<LimitPolicy> policy) {
        return new LimitChange(UnaryOperator.identity(), null, policy);
    }
}
