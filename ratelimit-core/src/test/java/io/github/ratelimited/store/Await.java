package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Looks again and again, since nobody can move the clock of a server. */
public final class Await {

    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final long PAUSE = 5_000_000;

    private Await() {}

    public static void until(String what, BooleanSupplier condition) {
        long begun = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - begun)
                    .as("nanoseconds until " + what)
                    .isLessThan(DEADLINE.toNanos());
            LockSupport.parkNanos(PAUSE);
        }
    }
}
