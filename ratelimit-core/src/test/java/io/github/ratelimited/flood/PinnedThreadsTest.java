package io.github.ratelimited.flood;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.io.TempDir;

/** Virtual threads that wait give their carriers back. Until JDK 24 one that held a monitor did not. */
@EnabledForJreRange(minVersion = 24)
class PinnedThreadsTest {

    private static final int THREADS = 10_000;

    @TempDir
    private Path directory;

    @Test
    void tenThousandVirtualThreadsWaitWithoutPinningACarrier() throws Exception {
        RateLimiter limiter =
                RateLimiter.create(Limit.of(10_000, Duration.ofSeconds(1)).withBurst(1));
        List<RecordedEvent> pinned = pinnedWhile(thread -> {
            if (thread % 10 == 0) {
                return limiter.tryAcquire(1, Duration.ofNanos(1)).allowed();
            }
            limiter.acquire();
            return true;
        });
        System.out.println(
                "figure: virtual threads = " + THREADS + ", of which pinned their carrier = " + pinned.size());
        assertThat(pinned).isEmpty();
    }

    /** Else the other test would show nothing. */
    @Test
    void oneThatSleepsInAStaticInitializerIsSeenToPinIts() throws Exception {
        assertThat(pinnedWhile(thread -> thread > 0 || Sleeper.SLEPT)).isNotEmpty();
    }

    private static final class Sleeper {

        static final boolean SLEPT = sleep();

        private static boolean sleep() {
            LockSupport.parkNanos(1_000_000);
            return true;
        }
    }

    private interface Deed {
        boolean by(int thread) throws Exception;
    }

    private List<RecordedEvent> pinnedWhile(Deed deed) throws Exception {
        try (Recording recording = new Recording()) {
            recording
                    .enable("jdk.VirtualThreadPinned")
                    .withThreshold(Duration.ZERO)
                    .withStackTrace();
            recording.start();
            run(deed);
            recording.stop();
            Path file = directory.resolve("recording.jfr");
            recording.dump(file);
            return events(file);
        }
    }

    private static List<RecordedEvent> events(Path file) throws IOException {
        try {
            return RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEventType().getName().equals("jdk.VirtualThreadPinned"))
                    .toList();
        } finally {
            Files.delete(file);
        }
    }

    private static void run(Deed deed) throws Exception {
        ExecutorService virtual = (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        try {
            List<Callable<Boolean>> tasks = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                tasks.add(() -> deed.by(thread));
            }
            for (Future<Boolean> task : virtual.invokeAll(tasks)) {
                task.get();
            }
        } finally {
            virtual.shutdownNow();
        }
    }
}
