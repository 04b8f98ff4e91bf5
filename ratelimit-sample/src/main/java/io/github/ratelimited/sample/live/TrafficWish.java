package io.github.ratelimited.sample.live;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The traffic that there should be.
 *
 * @param limit the name of the limit that it goes through
 * @param rate calls a second, from 0 to {@link #MAX_RATE}
 * @param perUser whether three users call in turn, each with permits of their own, or nobody gives a name
 */
record TrafficWish(String limit, double rate, boolean perUser) {

    static final double MAX_RATE = 200;

    /** Who calls where each has permits of their own. */
    static final List<String> USERS = List.of("ann", "bob", "cyd");

    TrafficWish {
        Objects.requireNonNull(limit, "limit");
        if (!(rate >= 0 && rate <= MAX_RATE)) {
            throw new IllegalArgumentException("rate = " + rate + " is not between 0 and " + MAX_RATE);
        }
    }

    /** The user of a call, by turns. */
    @Nullable
    String user(long call) {
        return perUser ? USERS.get((int) (call % USERS.size())) : null;
    }

    /** Whose permits there are to look at: those of each user, or of all who give no name. */
    List<@Nullable String> keys() {
        return perUser ? List.copyOf(USERS) : Collections.singletonList(null);
    }
}
