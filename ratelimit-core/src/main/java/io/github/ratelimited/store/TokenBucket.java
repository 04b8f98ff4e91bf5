package io.github.ratelimited.store;

import io.github.ratelimited.Limit;
import java.math.BigInteger;

/**
 * The token bucket as GCRA, the generic cell rate algorithm in its virtual scheduling form (ATM Forum, Traffic
 * Management Specification 4.0, 1996): the state is the theoretical arrival time {@code tat} at which the bucket will be
 * full again.
 *
 * <pre>
 * allowed at t  if  max(tat, t) + cost * increment - t &lt;= capacity,  then  tat = max(tat, t) + cost * increment
 * </pre>
 *
 * Time is counted in ticks, so many to the nanosecond that a permit is a whole number of them: 3 per second are
 * 1,000,000,000 ticks a permit and 3 ticks a nanosecond, and nothing is ever rounded. Where that does not fit into a
 * {@code long}, or would leave no room for a long wait (say 1,000,003 per day), coarser ticks are taken and the permit is
 * rounded up by less than one: the rate is then too low by less than a part in 2^30, or in 2^60 / {@code burst}.
 */
final class TokenBucket implements CompactAlgorithm {

    /** Ticks: the three together are the largest {@code tat}, and keep every sum below within a long. */
    private static final long MAX_CAPACITY = 1L << 60;

    private static final long MAX_ELAPSED = 1L << 60;
    private static final long MAX_WAIT = 1L << 61;

    /** A wait that can be reserved wherever the rate allows ticks so coarse: two days. */
    private static final long LONG_WAIT = 2 * 24 * 3_600_000_000_000L;

    /** Ticks to a permit by which the rate is too low by less than a part in a thousand million. */
    private static final BigInteger PRECISE = BigInteger.valueOf(1L << 30);

    private final long ticksPerNano;
    private final long increment;
    private final long capacity;

    TokenBucket(Limit limit) {
        BigInteger permits = BigInteger.valueOf(limit.permits());
        BigInteger period = BigInteger.valueOf(limit.period().toNanos());
        BigInteger burst = BigInteger.valueOf(limit.burst());
        BigInteger most = BigInteger.valueOf(MAX_CAPACITY);
        BigInteger divisor = permits.gcd(period);
        BigInteger ticks = permits.divide(divisor);
        BigInteger permit = period.divide(divisor);
        if (burst.multiply(permit).compareTo(most) > 0) {
            // capacity = burst * permit, permit = ceil(period * ticks / permits): the most ticks that keep it in range
            ticks = most.divide(burst)
                    .subtract(BigInteger.ONE)
                    .multiply(permits)
                    .divide(period);
            ticks = ticks.max(BigInteger.ONE);
            permit = ceilDiv(period.multiply(ticks), permits);
        }
        BigInteger fewer = BigInteger.valueOf(MAX_WAIT / LONG_WAIT);
        if (ticks.compareTo(fewer) > 0 && period.multiply(fewer).divide(permits).compareTo(PRECISE) >= 0) {
            // The finest ticks would leave no room for a long wait, and those that do are fine enough.
            ticks = fewer;
            permit = ceilDiv(period.multiply(ticks), permits);
        }
        this.ticksPerNano = ticks.longValueExact();
        this.increment = permit.longValueExact();
        this.capacity = burst.multiply(permit).longValueExact();
    }

    private static BigInteger ceilDiv(BigInteger dividend, BigInteger divisor) {
        return dividend.add(divisor).subtract(BigInteger.ONE).divide(divisor);
    }

    @Override
    public long origin(long now, long epochNanos) {
        return now;
    }

    @Override
    public long base(long origin, long epochNanosAtOrigin) {
        return origin * ticksPerNano;
    }

    @Override
    public long validity() {
        return MAX_ELAPSED / ticksPerNano;
    }

    @Override
    public long horizon() {
        return 2 * MAX_WAIT / ticksPerNano;
    }

    @Override
    public long full() {
        return -MAX_ELAPSED;
    }

    @Override
    public long earliest(long tat, long elapsed, long cost) {
        long now = elapsed * ticksPerNano;
        long excess = Math.max(tat, now) + cost * increment - capacity - now;
        return excess <= 0 ? elapsed : elapsed + toNanos(excess);
    }

    @Override
    public long take(long tat, long at, long cost) {
        return Math.max(tat, at * ticksPerNano) + cost * increment;
    }

    /**
     * A turn that has not come goes whole if it was reserved last. While anybody waits nothing else can go, since turns
     * stand on each other. Else we know of a call that its permits have refilled at {@code at + cost * increment} at the
     * earliest, and give back what is left until then.
     */
    @Override
    public long giveBack(long tat, long elapsed, long cost, long before, long at) {
        if (at > elapsed && tat == take(before, at, cost)) {
            return before;
        }
        long now = elapsed * ticksPerNano;
        boolean somebodyWaits = tat - capacity > now;
        if (somebodyWaits) {
            return tat;
        }
        long own = cost * increment;
        long left = Math.min(own, Math.min(tat, at * ticksPerNano + own) - now);
        return left <= 0 ? tat : tat - left;
    }

    @Override
    public long giveBack(long tat, long elapsed, long cost) {
        return Math.min(tat, Math.max(elapsed * ticksPerNano, tat - cost * increment));
    }

    @Override
    public long consumed(long tat, long elapsed) {
        long ticks = tat - elapsed * ticksPerNano;
        return ticks <= 0 ? 0 : (ticks - 1) / increment + 1;
    }

    @Override
    public long consume(long permits, long elapsed) {
        return elapsed * ticksPerNano + Math.min(permits, (capacity + MAX_WAIT) / increment) * increment;
    }

    @Override
    public long nanosToFull(long tat, long elapsed) {
        long ticks = tat - elapsed * ticksPerNano;
        return ticks <= 0 ? 0 : toNanos(ticks);
    }

    @Override
    public long maxWait() {
        return MAX_WAIT / ticksPerNano;
    }

    @Override
    public Drain drain() {
        return new Drain(1, ticksPerNano, capacity, increment);
    }

    private long toNanos(long ticks) {
        return ticksPerNano == 1 ? ticks : (ticks - 1) / ticksPerNano + 1;
    }
}
