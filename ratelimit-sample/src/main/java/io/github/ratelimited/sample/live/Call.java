package io.github.ratelimited.sample.live;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One call and the turn that it was given. */
final class Call {

    private final long number;
    private final @Nullable String user;
    private volatile @Nullable Turn turn;

    Call(long number, @Nullable String user) {
        this.number = number;
        this.user = user;
    }

    /** A turn at that {@link System#nanoTime()}, given by the limit as it was then. */
    private record Turn(long at, Limit limit) {}

    /** Hears the decision, that of a call which has to wait long before it goes on. */
    void decided(Decision decision) {
        if (decision.allowed() && decision.waitNanos() > 0) {
            turn = new Turn(System.nanoTime() + decision.waitNanos(), decision.limit());
        }
    }

    long number() {
        return number;
    }

    @Nullable
    String user() {
        return user;
    }

    /** Whether it has to wait for its turn, or had to. */
    boolean hasToWait() {
        return turn != null;
    }

    /**
     * The time until its turn; {@code null} if the limit has been changed since, by which a waiting call gets another turn
     * that nobody is told.
     */
    @Nullable
    Long turnInMillis(Limit inForce) {
        Turn given = turn;
        return given == null || !given.limit.equals(inForce)
                ? null
                : Math.max(0, TimeUnit.NANOSECONDS.toMillis(given.at - System.nanoTime()));
    }
}
