package io.github.ratelimited.benchmark;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.List;
import java.util.Locale;

/** Heap bytes that a key costs at a million of them, its String counted. Each limiter in a JVM of its own. */
public final class HeapPerKey {

    private static final int KEYS = 1_000_000;

    private HeapPerKey() {}

    /** Each limiter's, beside the floor's. */
    static void run(Report report) throws IOException, InterruptedException {
        String title = "Heap per key, 1,000,000 keys, the key's String counted";
        report.table(title, "", "bytes", "x floor");
        double floor = measured(KeyedLimiter.GCRA_IN_MAP);
        for (KeyedLimiter limiter : KeyedLimiter.values()) {
            if (limiter != KeyedLimiter.KEY_ALONE) {
                double bytes = limiter == KeyedLimiter.GCRA_IN_MAP ? floor : measured(limiter);
                String subject = Table.shown(limiter.name());
                report.row(
                        Report.shown(subject),
                        String.format(Locale.ROOT, "%.1f", bytes),
                        String.format(Locale.ROOT, "%.2f", bytes / floor));
                report.bar(title, subject, bytes / floor);
            }
        }
    }

    private static double measured(KeyedLimiter limiter) throws IOException, InterruptedException {
        List<String> rows = FreshJvm.rows(HeapPerKey.class, limiter.name(), "-Xms2g", "-Xmx2g", "-XX:+UseSerialGC");
        return Double.parseDouble(Report.cells(rows.get(0))[1]);
    }

    /** Measures the limiter that is named. */
    public static void main(String[] args) throws InterruptedException {
        KeyedLimiter limiter = KeyedLimiter.valueOf(args[0]);
        long held = heldBy(limiter);
        long after = usedHeap(); // not before: what is needed once, classes above all, is no cost of a key
        System.out.printf(Locale.ROOT, "| %s | %.1f |%n", Table.shown(limiter.name()), (held - after) / (double) KEYS);
    }

    private static long heldBy(KeyedLimiter limiter) throws InterruptedException {
        KeyedLimiter.Started started = limiter.start(KEYS);
        long used = usedHeap();
        limiter.check(started, KEYS);
        Reference.reachabilityFence(started);
        return used;
    }

    /** After what nobody holds has been collected. */
    static long usedHeap() throws InterruptedException {
        for (int i = 0; i < 4; i++) {
            System.gc();
            Thread.sleep(100);
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
