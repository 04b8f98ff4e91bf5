package io.github.ratelimited.store;

import io.github.ratelimited.Limit;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** What a limit means, said slowly and obviously. Written from the rules, not from the store that is compared with it. */
public interface Model {

    /** The first whole nanosecond, at {@code now} or later, at which {@code cost} can be had after all before it. */
    long earliest(long now, long cost);

    void take(long at, long cost);

    /** Undoes the last {@link #take}. */
    void undo();

    /** Gives back what was taken by whomever, no more than that, and no more than the limit holds. */
    void giveBack(long now, long cost);

    long remaining(long now);

    long resetNanos(long now);

    /**
     * The model of a limit.
     *
     * @param alone false if it is taken together with others, for whose sake a reservation may be later than it had to
     *     be: then a later call may go before it, as long as the reserved permits are there when they are due
     * @param epochMinusNow what to add to a moment to get the nanoseconds since the epoch
     */
    static Model of(Limit limit, boolean alone, long epochMinusNow) {
        return switch (limit.algorithm()) {
            case TOKEN_BUCKET -> new Tokens(limit, alone);
            case SLIDING_WINDOW -> new Grants(limit);
            case FIXED_WINDOW -> new Windows(limit, epochMinusNow);
        };
    }

    /** Starts full, refills continuously, never holds more than the burst. Counts permits times period: all whole. */
    final class Tokens implements Model {

        private final BigInteger permits;
        private final BigInteger period;
        private final BigInteger most;
        private final boolean inOrder;
        private BigInteger level;
        private long last;
        private boolean used;
        private BigInteger levelBefore;
        private long lastBefore;

        Tokens(Limit limit, boolean inOrder) {
            this.inOrder = inOrder;
            permits = BigInteger.valueOf(limit.permits());
            period = BigInteger.valueOf(limit.period().toNanos());
            most = period.multiply(BigInteger.valueOf(limit.burst()));
            level = most;
            levelBefore = most;
        }

        @Override
        public long earliest(long now, long cost) {
            long from = inOrder && used && last - now > 0 ? last : now;
            BigInteger missing = period.multiply(BigInteger.valueOf(cost)).subtract(levelAt(from));
            return missing.signum() <= 0 ? from : from + ceilDiv(missing, permits);
        }

        @Override
        public void take(long at, long cost) {
            levelBefore = used ? level : most;
            lastBefore = used ? last : at;
            if (!used || at - last > 0) {
                level = levelAt(at);
                last = at;
                used = true;
            }
            level = level.subtract(period.multiply(BigInteger.valueOf(cost)));
        }

        @Override
        public void undo() {
            level = levelBefore;
            last = lastBefore;
        }

        @Override
        public void giveBack(long now, long cost) {
            level = levelAt(now).add(period.multiply(BigInteger.valueOf(cost))).min(most);
            last = now;
            used = true;
        }

        @Override
        public long remaining(long now) {
            return Math.max(0, levelAt(now).divide(period).longValueExact());
        }

        @Override
        public long resetNanos(long now) {
            return ceilDiv(most.subtract(levelAt(now)), permits);
        }

        /** Seen from before the last reservation the level is what it would have to be for that to come out. */
        private BigInteger levelAt(long moment) {
            if (!used) {
                return most;
            }
            return level.add(permits.multiply(BigInteger.valueOf(moment - last)))
                    .min(most);
        }

        private static long ceilDiv(BigInteger dividend, BigInteger divisor) {
            BigInteger[] parts = dividend.divideAndRemainder(divisor);
            return parts[0].longValueExact() + parts[1].signum();
        }
    }

    /** Never more than the permits in any window of one period. */
    final class Grants implements Model {

        private record Grant(long at, long cost) {}

        private final long permits;
        private final long period;
        private final List<Grant> grants = new ArrayList<>();

        Grants(Limit limit) {
            permits = limit.permits();
            period = limit.period().toNanos();
        }

        @Override
        public long earliest(long now, long cost) {
            grants.removeIf(grant -> now - grant.at >= period);
            long from = now;
            for (Grant grant : grants) {
                from = grant.at - from > 0 ? grant.at : from;
            }
            if (sumAt(from) + cost <= permits) {
                return from;
            }
            for (Grant grant : grants) {
                long at = grant.at + period;
                if (at - from > 0 && sumAt(at) + cost <= permits) {
                    return at;
                }
            }
            throw new AssertionError("a cost of " + cost + " has to fit some time");
        }

        /** The cost of the window of one period that ends with that moment. */
        private long sumAt(long moment) {
            long sum = 0;
            for (Grant grant : grants) {
                sum += moment - grant.at >= 0 && moment - grant.at < period ? grant.cost : 0;
            }
            return sum;
        }

        @Override
        public void take(long at, long cost) {
            grants.add(new Grant(at, cost));
        }

        @Override
        public void undo() {
            grants.remove(grants.size() - 1);
        }

        /** The newest first, but not what is reserved. */
        @Override
        public void giveBack(long now, long cost) {
            long left = cost;
            for (int i = grants.size() - 1; i >= 0; i--) {
                Grant grant = grants.get(i);
                if (grant.at - now <= 0 && now - grant.at < period) {
                    long back = Math.min(left, grant.cost);
                    grants.set(i, new Grant(grant.at, grant.cost - back));
                    left -= back;
                }
            }
            grants.removeIf(grant -> grant.cost == 0);
        }

        @Override
        public long remaining(long now) {
            long taken = 0;
            for (Grant grant : grants) {
                taken += now - grant.at < period ? grant.cost : 0;
            }
            return Math.max(0, permits - taken);
        }

        @Override
        public long resetNanos(long now) {
            long reset = 0;
            for (Grant grant : grants) {
                reset = Math.max(reset, grant.at + period - now);
            }
            return reset;
        }
    }

    /** So many in each window; a call goes whole into the first window, from that of the last call on, with room. */
    final class Windows implements Model {

        private final long permits;
        private final long period;
        private final long epochMinusNow;
        private final TreeMap<Long, Long> taken = new TreeMap<>();
        private final TreeMap<Long, Long> before = new TreeMap<>();

        Windows(Limit limit, long epochMinusNow) {
            permits = limit.permits();
            period = limit.period().toNanos();
            this.epochMinusNow = epochMinusNow;
        }

        @Override
        public long earliest(long now, long cost) {
            long window = Math.max(window(now), last());
            while (taken.getOrDefault(window, 0L) + cost > permits) {
                window++;
            }
            return window == window(now) ? now : start(window);
        }

        @Override
        public void take(long at, long cost) {
            taken.headMap(last()).clear();
            before.clear();
            before.putAll(taken);
            taken.merge(window(at), cost, Long::sum);
        }

        @Override
        public void undo() {
            taken.clear();
            taken.putAll(before);
        }

        /** From the last window back to the current one; those before the last are full, since nobody may go there. */
        @Override
        public void giveBack(long now, long cost) {
            long last = last();
            long left = cost;
            for (long window = last; left > 0 && window >= window(now); window--) {
                long there = window == last ? taken.get(window) : permits;
                long back = Math.min(left, there);
                taken.tailMap(window).clear();
                taken.put(window, there - back);
                left -= back;
            }
        }

        @Override
        public long remaining(long now) {
            return last() > window(now) ? 0 : permits - taken.getOrDefault(window(now), 0L);
        }

        @Override
        public long resetNanos(long now) {
            long full = last() + (taken.getOrDefault(last(), 0L) > 0 ? 1 : 0);
            return full <= window(now) ? 0 : start(full) - now;
        }

        private long last() {
            return taken.isEmpty() ? Long.MIN_VALUE : taken.lastKey();
        }

        private long window(long moment) {
            return Math.floorDiv(moment + epochMinusNow, period);
        }

        private long start(long window) {
            return window * period - epochMinusNow;
        }
    }
}
