package io.github.ratelimited.benchmark;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;

/** Heap bytes that a key costs at a million of them, its String counted. Each limiter in a JVM of its own. */
public final class HeapPerKey {

    private static final int KEYS = 1_000_000;

    private HeapPerKey() {}

    /** Measures the limiter that is named; all if none is. */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length == 0) {
            System.out.println("| limit per key | heap bytes per key |");
            System.out.println("|---|---|");
            for (KeyedLimiter limiter : KeyedLimiter.values()) {
                if (limiter != KeyedLimiter.KEY_ALONE) {
                    FreshJvm.run(HeapPerKey.class, limiter.name(), "-Xms2g", "-Xmx2g", "-XX:+UseSerialGC");
                }
            }
            return;
        }
        KeyedLimiter limiter = KeyedLimiter.valueOf(args[0]);
        limiter.start(1); // what it needs once, classes above all, is no cost of a key
        long before = usedHeap();
        KeyedLimiter.Started started = limiter.start(KEYS);
        long after = usedHeap();
        limiter.check(started, KEYS);
        System.out.printf("| %s | %.1f |%n", Table.shown(limiter.name()), (after - before) / (double) KEYS);
        Reference.reachabilityFence(started);
    }

    private static long usedHeap() throws InterruptedException {
        for (int i = 0; i < 4; i++) {
            System.gc();
            Thread.sleep(100);
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
