package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimited;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

/** {@code @Scheduled} beside the limit: what the scheduler runs is limited. */
class ScheduledOrderTest {

    static class Reports {

        private int written;

        @Scheduled(fixedRate = 1)
        @RateLimited(permits = 2, per = "1d")
        public void write() {
            written++;
        }

        public int written() {
            return written;
        }
    }

    interface Job {

        void run();
    }

    static class InterfaceJob implements Job {

        @Scheduled(cron = "* * * * * *")
        @RateLimited(permits = 2, per = "1d")
        @Override
        public void run() {}
    }

    /** Runs nothing by itself. */
    static class ManualScheduler implements TaskScheduler {

        private final List<Runnable> tasks = new ArrayList<>();

        private ScheduledFuture<?> keep(Runnable task) {
            tasks.add(task);
            return null;
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, Trigger trigger) {
            return keep(task);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, Instant start) {
            return keep(task);
        }

        @Override
        public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Instant start, Duration period) {
            return keep(task);
        }

        @Override
        public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Duration period) {
            return keep(task);
        }

        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Instant start, Duration delay) {
            return keep(task);
        }

        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Duration delay) {
            return keep(task);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableScheduling
    static class Schedules {

        @Bean
        ManualScheduler taskScheduler() {
            return new ManualScheduler();
        }
    }

    @AutoClose
    private final Application application = new Application();

    @ParameterizedTest
    @EnumSource
    void whatTheSchedulerRunsIsLimited(AdviceOrder order) {
        Reports reports =
                application.order(order).start(Schedules.class, Reports.class).bean(Reports.class);

        assertThat(allowedOf(9, theTask())).isEqualTo(2);
        assertThat(reports.written()).isEqualTo(2);
    }

    @Test
    void soIsWhatItRunsThroughAProxyOfAnInterface() {
        application.start(Schedules.class, InterfaceJob.class);

        assertThat(allowedOf(9, theTask())).isEqualTo(2);
    }

    @Test
    void theScheduledRunsAndOtherCallsShareTheLimit() {
        Reports reports = application.start(Schedules.class, Reports.class).bean(Reports.class);

        reports.write();

        assertThat(allowedOf(9, theTask())).isEqualTo(1);
    }

    private Runnable theTask() {
        List<Runnable> tasks = application.bean(ManualScheduler.class).tasks;
        assertThat(tasks).hasSize(1);
        return tasks.get(0);
    }
}
