package io.github.ratelimited.store;

import io.github.ratelimited.Limit;
import java.math.BigInteger;

/** What is kept of consumption when a limit changes: the same part of the new one. */
public final class Proportion {

    private Proportion() {}

    /** {@code consumed} permits of {@code from} as permits of {@code to}, rounded up. */
    public static long scaled(long consumed, Limit from, Limit to) {
        if (consumed == 0 || from.burst() == to.burst()) {
            return consumed;
        }
        if (Math.multiplyHigh(consumed, to.burst()) == 0 && consumed * to.burst() >= 0) {
            return (consumed * to.burst() - 1) / from.burst() + 1;
        }
        BigInteger[] scaled = BigInteger.valueOf(consumed)
                .multiply(BigInteger.valueOf(to.burst()))
                .divideAndRemainder(BigInteger.valueOf(from.burst()));
        BigInteger up = scaled[0].add(BigInteger.valueOf(scaled[1].signum()));
        return up.bitLength() < Long.SIZE ? up.longValue() : Long.MAX_VALUE;
    }
}
