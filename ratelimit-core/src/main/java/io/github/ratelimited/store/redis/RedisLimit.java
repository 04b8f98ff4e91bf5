package io.github.ratelimited.store.redis;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.LimitName;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A limit in the terms of the scripts: time in microseconds, and where a permit is no whole number of them, in fractions
 * of {@code 1 / permits}. What would not be exact there, since Lua's numbers are whole up to 2^53 only, is refused.
 */
final class RedisLimit {

    /** Of all that is stored. */
    private static final String VERSION = "1";

    /** As far as time and its sums may go: years from now, and within 2^53 microseconds since 1970. */
    private static final long LONGEST = 4_000_000_000_000_000L;

    /** What a refund, which may have to renumber all later entries, should not have to touch more of. */
    private static final long MOST_IN_A_LOG = 100_000;

    private final Limit limit;
    private final long period;

    private final long capacity;
    private final long capacityFraction;

    /** By what numbers, and of which version, a bucket is stored. */
    final byte[] text;

    /** The usual request, for one permit at once. */
    private final byte[] usual;

    private RedisLimit(Limit limit, long period, BigInteger[] capacity, byte[] text) {
        this.limit = limit;
        this.period = period;
        this.capacity = capacity[0].longValueExact();
        this.capacityFraction = capacity[1].longValueExact();
        this.text = text;
        this.usual = new Numbers(8).add(1).add(0).add(this).add(this, 1).bytes();
    }

    /**
     * The limit for the scripts.
     *
     * @throws InvalidRateLimitException if they cannot count it exactly
     */
    static RedisLimit of(LimitName name, Limit limit) {
        String place = "rate limit '" + name.shown() + "' in the store 'redis'";
        if (limit.period().toNanos() % 1000 != 0) {
            throw new InvalidRateLimitException(
                    place,
                    "its period of " + limit.period()
                            + " is no whole number of microseconds, in which Redis tells time",
                    "choose another period");
        }
        long period = limit.period().toNanos() / 1000;
        BigInteger[] capacity = BigInteger.valueOf(limit.burst())
                .multiply(BigInteger.valueOf(period))
                .divideAndRemainder(BigInteger.valueOf(limit.permits()));
        if (capacity[0].compareTo(BigInteger.valueOf(LONGEST)) > 0) {
            throw new InvalidRateLimitException(
                    place,
                    "burst = " + limit.burst() + " takes too long to refill at " + limit + " to be counted exactly",
                    "lower the burst, or raise permits");
        }
        String kind = switch (limit.algorithm()) {
            case TOKEN_BUCKET -> "T";
            case FIXED_WINDOW -> "F";
            case SLIDING_WINDOW -> "S";
        };
        if (kind.equals("S") && limit.permits() > MOST_IN_A_LOG) {
            throw new InvalidRateLimitException(
                    place,
                    "permits = " + limit.permits() + " is too many for a sliding window, which remembers each call",
                    "use at most " + MOST_IN_A_LOG + ", or algorithm = FIXED_WINDOW or TOKEN_BUCKET");
        }
        String text = VERSION + kind + " " + limit.permits() + " " + period + " " + limit.burst() + " ";
        return new RedisLimit(limit, period, capacity, text.getBytes(StandardCharsets.US_ASCII));
    }

    Limit limit() {
        return limit;
    }

    /** What a script is told of a request for one bucket of this limit. */
    byte[] request(boolean take, long waitMicros, long cost) {
        return take && waitMicros == 0 && cost == 1
                ? usual
                : new Numbers(8)
                        .add(take ? 1 : 0)
                        .add(waitMicros)
                        .add(this)
                        .add(this, cost)
                        .bytes();
    }

    /** Numbers as the scripts read them: doubles, which are exact up to 2^53. */
    static final class Numbers {

        /** As no bucket is. */
        private static final long NEVER_FOUND = Long.MAX_VALUE;

        private final ByteBuffer buffer;

        Numbers(int count) {
            buffer = ByteBuffer.allocate(Double.BYTES * count).order(ByteOrder.LITTLE_ENDIAN);
        }

        Numbers add(long number) {
            buffer.putDouble((double) number);
            return this;
        }

        Numbers add(RedisLimit limit) {
            return add(limit.limit.permits()).add(limit.capacity).add(limit.capacityFraction);
        }

        /** A cost, and what it is in time. */
        Numbers add(RedisLimit limit, long cost) {
            BigInteger[] time = BigInteger.valueOf(cost)
                    .multiply(BigInteger.valueOf(limit.period))
                    .divideAndRemainder(BigInteger.valueOf(limit.limit.permits()));
            return add(cost).add(time[0].longValueExact()).add(time[1].longValueExact());
        }

        /**
         * What was there before {@code cost} was taken for the moment {@code at}. The mark of a turn, {@code -1 - late} as
         * general.lua says it, tells that to the fraction, by which alone a turn is known from the next where a permit is
         * shorter than a microsecond. By another mark only a turn that began a time of its own is found again.
         */
        Numbers addBefore(RedisLimit limit, long cost, long at, long mark) {
            if (limit.limit.algorithm() != Algorithm.TOKEN_BUCKET) {
                return add(mark).add(0);
            }
            if (mark >= 0) {
                return add(mark <= at ? mark : NEVER_FOUND).add(0);
            }
            BigInteger permits = BigInteger.valueOf(limit.limit.permits());
            BigInteger[] before = BigInteger.valueOf(at)
                    .multiply(permits)
                    .add(BigInteger.valueOf(limit.limit.burst() - cost).multiply(BigInteger.valueOf(limit.period)))
                    .subtract(BigInteger.valueOf(-1 - mark))
                    .divideAndRemainder(permits);
            return add(before[0].longValueExact()).add(before[1].longValueExact());
        }

        byte[] bytes() {
            return buffer.array();
        }

        /** These, and how often if more than once. */
        static byte[] times(byte[] numbers, int times) {
            return times == 1
                    ? numbers
                    : ByteBuffer.allocate(numbers.length + Double.BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .put(numbers)
                            .putDouble(times)
                            .array();
        }
    }

    /** Permits left, by what a script says of the bucket. */
    long remaining(long now, long a, long b) {
        return Math.max(0, limit.burst() - consumed(now, a, b));
    }

    private long consumed(long now, long a, long b) {
        return switch (limit.algorithm()) {
            case TOKEN_BUCKET -> a < now ? 0 : permitsIn(a - now, b);
            case FIXED_WINDOW -> {
                long ahead = a - Math.floorDiv(now, period);
                yield ahead < 0 ? 0 : ahead > 0 ? limit.permits() : b;
            }
            case SLIDING_WINDOW -> a;
        };
    }

    /** Rounded up. */
    private long permitsIn(long us, long fraction) {
        long product = us * limit.permits();
        if (Math.multiplyHigh(us, limit.permits()) == 0
                && product >= 0
                && product <= Long.MAX_VALUE - fraction - period) {
            return (product + fraction + period - 1) / period;
        }
        BigInteger[] permits = BigInteger.valueOf(us)
                .multiply(BigInteger.valueOf(limit.permits()))
                .add(BigInteger.valueOf(fraction))
                .divideAndRemainder(BigInteger.valueOf(period));
        return permits[0].longValue() + permits[1].signum();
    }

    /** Nanoseconds until the bucket is as if never used, by what a script says of it. */
    long nanosToFull(long now, long a, long b) {
        return switch (limit.algorithm()) {
            case TOKEN_BUCKET -> a < now ? 0 : (a - now) * 1000 + (b * 1000 + limit.permits() - 1) / limit.permits();
            case FIXED_WINDOW -> Math.max(0, ((b == 0 ? a : a + 1) * period - now) * 1000);
            case SLIDING_WINDOW -> a == 0 ? 0 : (b + period - now) * 1000;
        };
    }
}
