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
        return saturated(scaled[0].add(BigInteger.valueOf(scaled[1].signum())));
    }

    /**
     * The same, but what is reserved ahead, being more than {@code from} holds, keeps the bucket closed for as long as it
     * did: those for whom it is go when they have been told to, whatever came of their limit.
     */
    public static long converted(long consumed, Limit from, Limit to) {
        long ahead = consumed - from.burst();
        if (ahead <= 0) {
            return scaled(consumed, from, to);
        }
        BigInteger[] inThatTime = BigInteger.valueOf(ahead)
                .multiply(BigInteger.valueOf(from.period().toNanos()))
                .multiply(BigInteger.valueOf(to.permits()))
                .divideAndRemainder(BigInteger.valueOf(from.permits())
                        .multiply(BigInteger.valueOf(to.period().toNanos())));
        return saturated(
                inThatTime[0].add(BigInteger.valueOf(inThatTime[1].signum())).add(BigInteger.valueOf(to.burst())));
    }

    private static long saturated(BigInteger number) {
        return number.bitLength() < Long.SIZE ? number.longValue() : Long.MAX_VALUE;
    }
}
