package io.github.ratelimited.flood;

import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * Ten million keys, each used once, come to a store that holds one million. Among them are customers who have used all of
 * their permits, and none of whom may be let through before his time.
 */
final class KeyFlood {

    private static final int KEYS = 10_000_000;
    private static final int MAX_KEYS = 1_000_000;
    private static final int CUSTOMERS = 10_000;
    private static final int FIT = MAX_KEYS - CUSTOMERS;
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Limit LIMIT = Limit.of(3, HOUR);
    private static final LimitName NAME = LimitName.of("flooded");

    private final MutableTimeSource time = new MutableTimeSource();
    private final MemoryLimiterStore store = new MemoryLimiterStore(time, MAX_KEYS);
    private final Claim claim = store.claim(NAME, LIMIT, null, 1, 0);

    private KeyFlood() {}

    /** Ends with a failure if what must hold does not. */
    public static void main(String[] none) {
        new KeyFlood().run();
    }

    private void run() {
        callsOfAsManyAsFit(FIT);
        double calm = perSecond(FIT, this::callsOfAsManyAsFit);
        time.advance(HOUR);
        useUp();
        double flooded = perSecond(KEYS / 2, count -> flood(0, count));
        require(store.keys() == MAX_KEYS, "the store is full: " + store.keys());
        long heap = heap();

        time.advance(HOUR.minusNanos(1));
        require(customersLetThrough(3) == 2 * CUSTOMERS, "two of three permits are back, and not the last");
        time.advance(HOUR);
        useUp();
        flood(KEYS / 2, KEYS / 2);
        require(store.keys() <= MAX_KEYS, "keys: " + store.keys());
        time.advance(HOUR);
        require(customersLetThrough(1) == CUSTOMERS, "each customer is let through when it is time");

        figure("keys that flooded a store of " + MAX_KEYS, KEYS);
        figure("heap used by a full store, MiB, of " + mib(Runtime.getRuntime().maxMemory()), heap);
        figure("calls a second of as many keys as fit", Math.round(calm));
        figure("calls a second in the flood", Math.round(flooded));
        figure("flooded rate, percent of the unflooded one", Math.round(100 * flooded / calm));
    }

    private interface Calls {
        void make(int count);
    }

    private static double perSecond(int count, Calls calls) {
        long start = System.nanoTime();
        calls.make(count);
        return count * 1e9 / (System.nanoTime() - start);
    }

    private void callsOfAsManyAsFit(int count) {
        for (int i = 0; i < count; i++) {
            call("known-" + i);
        }
    }

    /** Each hundredth call is of a customer, who has no permits. */
    private void flood(int from, int count) {
        for (int i = from; i < from + count; i++) {
            if (i % 100 == 0) {
                require(!call("customer-" + i / 100 % CUSTOMERS), "let through early, at key " + i);
            } else {
                call("attacker-" + i);
            }
        }
    }

    private void useUp() {
        for (int customer = 0; customer < CUSTOMERS; customer++) {
            for (int permit = 0; permit < LIMIT.permits(); permit++) {
                require(call("customer-" + customer), "a permit of his own");
            }
        }
    }

    private int customersLetThrough(int calls) {
        int letThrough = 0;
        for (int customer = 0; customer < CUSTOMERS; customer++) {
            for (int i = 0; i < calls; i++) {
                letThrough += call("customer-" + customer) ? 1 : 0;
            }
        }
        return letThrough;
    }

    private boolean call(String key) {
        return store.tryAcquire(claim.with(key, 1, 0));
    }

    private static long heap() {
        System.gc();
        return mib(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }

    private static long mib(long bytes) {
        return bytes >> 20;
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    private static void figure(String what, long number) {
        System.out.println("figure: " + what + " = " + number);
    }
}
