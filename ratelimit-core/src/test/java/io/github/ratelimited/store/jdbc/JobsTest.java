package io.github.ratelimited.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Who comes for the jobs, and what becomes of them if nobody can. */
class JobsTest {

    /** In place of an OutOfMemoryError, which JUnit takes for the end of all tests. */
    private final Error noThread = new InternalError("unable to create native thread");

    private static Job<Integer> job(String bucket) {
        return Job.of(List.of(bucket), 0, (connection, table) -> 1);
    }

    /** Wants to be asked together with others. */
    private static Job<Integer> question(String bucket, TimeSource time) {
        Ask ask = new Ask(bucket, JdbcLimit.of(Limit.of(1, Duration.ofDays(1))), 1, 1);
        return new Job<>(List.of(bucket), time.nanoTime(), ask) {
            @Override
            Integer by(Connection connection, Table table) {
                return 1;
            }
        };
    }

    /** A worker is called, and comes when the test says so; the calls of these numbers, from 1, are in vain. */
    private final class Calls implements Runnable {

        private final List<Integer> inVain;
        private int calls;

        Calls(Integer... inVain) {
            this.inVain = List.of(inVain);
        }

        @Override
        public void run() {
            if (inVain.contains(++calls)) {
                throw noThread;
            }
        }
    }

    private void assertThatItFailed(Job<?> job) {
        assertThat(job.outcome()).isCompletedExceptionally();
        job.outcome().whenComplete((value, failure) -> assertThat(failure).isSameAs(noThread));
    }

    @Test
    void whoStandsBehindAJobThatNobodyComesForFailsWithIt() {
        Job<Integer> behind = job("k");
        Jobs[] jobs = new Jobs[1];
        jobs[0] = new Jobs(TimeSource.system(), 1, () -> {
            jobs[0].add(behind);
            throw noThread;
        });
        Job<Integer> first = job("k");
        jobs[0].add(first);
        assertThatItFailed(first);
        assertThatItFailed(behind);
    }

    @Test
    void whoWasCalledInVainIsCalledAgain() {
        Calls calls = new Calls(1);
        Jobs jobs = new Jobs(TimeSource.system(), 1, calls);
        Job<Integer> first = job("k");
        jobs.add(first);
        assertThatItFailed(first);
        Job<Integer> next = job("k");
        jobs.add(next);
        assertThat(calls.calls).isEqualTo(2);
        assertThat(jobs.take()).isEqualTo(List.of(next));
    }

    @Test
    void whatAWorkerHasTakenIsHisIfNobodyElseComes() {
        Jobs jobs = new Jobs(TimeSource.system(), 2, new Calls(2, 3, 4, 5));
        List<Job<Integer>> added = List.of(job("a"), job("b"), job("c"));
        added.forEach(jobs::add);
        for (Job<Integer> each : added) {
            List<Job<?>> taken = jobs.take();
            assertThat(taken).isEqualTo(List.of(each));
            jobs.done(taken);
        }
        assertThat(jobs.take()).isEmpty();
        added.forEach(each -> assertThat(each.outcome()).isNotDone());
    }

    @Test
    void whereNobodyCanBeAlarmedSomebodyIsCalledAtOnce() {
        TimeSource time = new TimeSource() {
            @Override
            public long nanoTime() {
                return 0;
            }

            @Override
            public Future<?> schedule(Runnable task, long delayNanos) {
                throw noThread;
            }
        };
        Calls calls = new Calls();
        Jobs jobs = new Jobs(time, 3, calls);
        jobs.add(question("a", time));
        jobs.add(question("b", time));
        Job<Integer> third = question("c", time);
        jobs.add(third);
        assertThat(calls.calls).isEqualTo(3);
    }
}
