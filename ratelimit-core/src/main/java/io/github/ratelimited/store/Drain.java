package io.github.ratelimited.store;

/**
 * A {@link CompactAlgorithm} as a vessel that drains, the form in which a database can decide by one formula for all of
 * them. A bucket is a {@code level} at a {@code moment}, in nanoseconds since the epoch; taking fills it, and it never
 * drains below zero, which is full of permits.
 *
 * <pre>
 * left = max(0, level - (floor(now / step) - floor(moment / step)) * perStep)
 * allowed at once  if  left + cost * perPermit &lt;= capacity,  then  level = left + cost * perPermit,  moment = now
 * </pre>
 *
 * The level is also a state of the algorithm, seen from the {@link CompactAlgorithm#origin} of that moment. With levels
 * from 0 to 3 * 2^60, as the algorithms keep them, nothing here overflows a {@code long}.
 *
 * @param step nanoseconds from one drain to the next
 * @param perStep what drains
 * @param capacity the level of a bucket without permits
 * @param perPermit what a permit fills in
 */
public record Drain(long step, long perStep, long capacity, long perPermit) {

    private static final long LOWEST = -(1L << 61);

    /** What is left at {@code now} of the level at an earlier moment. */
    public long left(long level, long moment, long now) {
        return Math.max(0, seen(level, moment, now));
    }

    /** The level of an earlier moment seen from {@code now}: below zero if it has drained since. */
    public long seen(long level, long moment, long now) {
        long steps = Math.floorDiv(now, step) - Math.floorDiv(moment, step);
        return steps > (level - LOWEST) / perStep ? LOWEST : level - steps * perStep;
    }
}
