package io.github.ratelimited;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SystemTimeSourceTest {

    /** An application that is taken out of a server leaves no thread behind, which would hold its classes. */
    @Test
    void theTimersThreadEndsWhenNobodyWaitsAndBeginsAgain() throws ExecutionException, InterruptedException {
        ScheduledThreadPoolExecutor timer = SystemTimeSource.timer(Duration.ofMillis(1));
        try {
            for (int i = 0; i < 3; i++) {
                Thread served = timer.schedule(Thread::currentThread, 20, TimeUnit.MILLISECONDS)
                        .get();
                assertThat(served.getName()).isEqualTo("ratelimit-timer");
                assertThat(served.isDaemon()).isTrue();
                served.join(10_000);
                assertThat(served.isAlive()).isFalse();
            }
        } finally {
            timer.shutdownNow();
        }
    }
}
