package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.StoreUnavailableException;
import io.github.ratelimited.store.UnusableBucketException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The application's database, asked by threads of our own, since a driver holds the thread that asks. Each borrows a
 * connection from the {@code DataSource} itself, never that of a caller's transaction, for no longer than a decision.
 */
final class Database implements AutoCloseable {

    /** What a connection is given beyond the timeout before it is taken to be cut. */
    private static final long PATIENCE_MILLIS = 5_000;

    private static final String NO_CONNECTION = "08001";
    private static final String NO_CONNECTION_SAID = "there is no connection to the database: ";
    private static final long IDLE_SECONDS = 10;
    private static final long SHORTEST_PAUSE = 500_000;
    private static final int MOST_DOUBLINGS = 6;

    private final DataSource dataSource;
    private final TableName tableName;
    private final @Nullable String clock;
    private final TimeSource time;
    private final Duration timeout;
    private final Jobs jobs;
    private final ThreadPoolExecutor threads;

    /** How connections come, if they must not stay so; known with the table. */
    private volatile int tooIsolated = Connection.TRANSACTION_NONE;

    /** Known after the first connection. */
    private volatile @Nullable Table table;

    Database(
            DataSource dataSource,
            TableName tableName,
            @Nullable String clock,
            TimeSource time,
            Duration timeout,
            int maxThreads) {
        this.dataSource = dataSource;
        this.tableName = tableName;
        this.clock = clock;
        this.time = time;
        this.timeout = timeout;
        AtomicInteger started = new AtomicInteger();
        // One more than are called to the jobs: what nobody waits for must neither wait for them nor hold them up.
        this.threads = new ThreadPoolExecutor(
                maxThreads + 1, maxThreads + 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    // Nothing of the thread that happens to need it first.
                    Thread thread = new Thread(null, task, "ratelimit-jdbc-" + started.incrementAndGet(), 0, false);
                    thread.setDaemon(true);
                    return thread;
                });
        this.threads.allowCoreThreadTimeOut(true);
        this.jobs = new Jobs(time, maxThreads, this::callWorker);
    }

    long now() {
        return time.nanoTime();
    }

    /** Has a job done; it fails if that takes longer than the timeout to begin. */
    <T> CompletableFuture<T> submit(Job<T> job) {
        if (threads.isShutdown()) {
            job.fail(new IllegalStateException("the store is closed"));
        } else {
            jobs.add(job);
        }
        return job.outcome();
    }

    /** Has work done that nobody waits for: it stands in no line, and is none of those who are at the others' questions. */
    <T> CompletableFuture<T> inBackground(Job.Work<T> work) {
        Job<T> job = Job.of(List.of(), now(), work);
        try {
            threads.execute(() -> {
                try (Borrowed borrowed = borrow()) {
                    alone(borrowed, job);
                } catch (SQLException failure) {
                    job.fail(explained(failure));
                } catch (Throwable failure) {
                    job.fail(failure);
                }
            });
        } catch (RejectedExecutionException closed) {
            job.fail(new IllegalStateException("the store is closed"));
        } catch (Error noThread) {
            job.fail(noThread);
        }
        return job.outcome();
    }

    /**
     * Tries by the caller's thread whether the table can be used.
     *
     * @throws io.github.ratelimited.InvalidRateLimitException if not
     * @throws StoreUnavailableException if that cannot be told now, as there is no connection or the database is busy
     */
    void verify() {
        try (Borrowed borrowed = borrow()) {
            new TableCheck(borrowed.connection, borrowed.table, tableName).run();
        } catch (SQLException failure) {
            throw new StoreUnavailableException(
                    (isOfConnection(failure) ? NO_CONNECTION_SAID : "the database cannot be written to now: ")
                            + failure.getMessage(),
                    failure);
        }
    }

    private void callWorker() {
        try {
            threads.execute(this::work);
        } catch (RejectedExecutionException closed) {
            throw new IllegalStateException("the store is closed", closed);
        }
    }

    private void work() {
        for (List<Job<?>> taken = jobs.take(); !taken.isEmpty(); taken = jobs.take()) {
            try {
                doInTime(taken);
            } catch (Throwable failure) {
                fail(taken, failure);
            } finally {
                jobs.done(taken);
            }
        }
    }

    private void doInTime(List<Job<?>> taken) {
        List<Job<?>> waiting = inTime(taken);
        if (waiting.isEmpty()) {
            return;
        }
        try (Borrowed borrowed = borrow()) {
            List<Job<?>> asked = inTime(waiting); // a pool may have let us wait as well
            if (!asked.isEmpty()) {
                doAll(borrowed, asked);
            }
        } catch (SQLException failure) {
            fail(waiting, explained(failure));
        }
    }

    private List<Job<?>> inTime(List<Job<?>> taken) {
        long now = time.nanoTime();
        List<Job<?>> late = taken.stream()
                .filter(job -> now - job.since() > timeout.toNanos())
                .toList();
        if (late.isEmpty()) {
            return taken;
        }
        fail(late, new TimeoutException("not done within " + timeout.toMillis() + "ms"));
        return taken.stream().filter(job -> !late.contains(job)).toList();
    }

    private void doAll(Borrowed borrowed, List<Job<?>> asked) throws SQLException {
        if (asked.get(0).ask() == null || !borrowed.table.dialect().decidesAtOnce()) {
            for (Job<?> job : asked) {
                alone(borrowed, job);
            }
            return;
        }
        int seconds = borrowed.table.queryTimeout();
        if (asked.size() == 1) {
            decide(borrowed, asked, seconds);
            return;
        }
        try {
            decide(borrowed, asked, Math.max(1, seconds / 2)); // to leave some time to those who are not to blame
        } catch (SQLException failure) {
            boolean locked = borrowed.table.dialect().isCutShort(failure);
            if (!locked && !isAboutData(failure)) {
                throw failure;
            }
            // A row of them is locked, or none of ours; which one, each has to find out by itself.
            for (Job<?> job : asked) {
                if (!inTime(List.of(job)).isEmpty()) {
                    decideAlone(borrowed, job, locked ? 1 : seconds);
                }
            }
        }
    }

    private void decide(Borrowed borrowed, List<Job<?>> asked, int seconds) throws SQLException {
        List<Ask> asks = asked.stream()
                .map(Job::ask)
                .sorted(Comparator.comparing(Ask::id))
                .toList();
        Map<String, Answer> answers =
                repeated(borrowed, asked.get(0), (connection, table) -> table.decide(connection, asks, seconds));
        for (Job<?> job : asked) {
            if (!job.isDoneBy(answers)) {
                alone(borrowed, job);
            }
        }
    }

    private void decideAlone(Borrowed borrowed, Job<?> job, int seconds) {
        try {
            decide(borrowed, List.of(job), seconds);
        } catch (SQLException failure) {
            job.fail(explained(failure));
        }
    }

    private void alone(Borrowed borrowed, Job<?> job) {
        try {
            repeated(borrowed, job, (connection, table) -> {
                job.workOn(connection, table);
                return job;
            });
        } catch (SQLException failure) {
            job.fail(explained(failure));
        } catch (RuntimeException failure) {
            job.fail(failure);
        }
    }

    /** Again, after a while, what another transaction was in the way of; nothing else, since it could count twice. */
    private <T> T repeated(Borrowed borrowed, Job<?> job, Job.Work<T> work) throws SQLException {
        for (int tries = 0; ; tries++) {
            try {
                return work.by(borrowed.connection, borrowed.table);
            } catch (SQLException failure) {
                if (!borrowed.table.dialect().isTransient(failure)
                        || time.nanoTime() - job.since() > timeout.toNanos()) {
                    throw failure;
                }
                long pause = SHORTEST_PAUSE << Math.min(tries, MOST_DOUBLINGS);
                LockSupport.parkNanos(pause + ThreadLocalRandom.current().nextLong(pause));
            }
        }
    }

    /** A connection and how it was. */
    private static final class Borrowed implements AutoCloseable {

        private final Connection connection;
        private final Table table;
        private final boolean autoCommit;
        private final int networkTimeout;
        private final int isolation;

        private Borrowed(Connection connection, Table table, boolean autoCommit, int networkTimeout, int isolation) {
            this.connection = connection;
            this.table = table;
            this.autoCommit = autoCommit;
            this.networkTimeout = networkTimeout;
            this.isolation = isolation;
        }

        @Override
        public void close() throws SQLException {
            try (connection) {
                if (!connection.isClosed()) {
                    if (isolation != Connection.TRANSACTION_NONE) { // asks the database, so while waiting is limited
                        connection.setTransactionIsolation(isolation);
                    }
                    if (networkTimeout >= 0) {
                        connection.setNetworkTimeout(Runnable::run, networkTimeout);
                    }
                    if (!autoCommit) {
                        connection.setAutoCommit(false);
                    }
                }
            } catch (SQLException whatIsDoneIsDone) {
                // A connection that cannot be put right is for its pool to throw away.
            }
        }
    }

    private Borrowed borrow() throws SQLException {
        Connection connection = connect();
        try {
            int networkTimeout = limitWaiting(connection); // first: what follows may ask the database
            boolean autoCommit = connection.getAutoCommit();
            if (!autoCommit) {
                connection.setAutoCommit(true);
            }
            Table known = table(connection);
            int isolation = tooIsolated;
            if (isolation != Connection.TRANSACTION_NONE) {
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            }
            return new Borrowed(connection, known, autoCommit, networkTimeout, isolation);
        } catch (SQLException | RuntimeException failure) {
            try (connection) {
                throw failure;
            }
        }
    }

    private Connection connect() throws SQLException {
        try {
            return dataSource.getConnection();
        } catch (RuntimeException failure) { // a pool's own, before its first connection
            throw new SQLException(failure.getMessage(), NO_CONNECTION, failure);
        }
    }

    /** How long it was before; -1 if the driver cannot. */
    private int limitWaiting(Connection connection) {
        try {
            int before = connection.getNetworkTimeout();
            connection.setNetworkTimeout(
                    Runnable::run, (int) Math.min(Integer.MAX_VALUE, timeout.toMillis() + PATIENCE_MILLIS));
            return before;
        } catch (SQLException | RuntimeException | AbstractMethodError cannot) {
            return -1;
        }
    }

    private Table table(Connection connection) throws SQLException {
        Table known = table;
        if (known == null) {
            known = new Table(Dialect.of(connection.getMetaData()), tableName, clock, wholeSeconds(timeout));
            if (known.dialect().isolatedAsAWhole()) {
                int isolation = connection.getTransactionIsolation(); // asks the database, so only once
                tooIsolated =
                        isolation > Connection.TRANSACTION_READ_COMMITTED ? isolation : Connection.TRANSACTION_NONE;
            }
            table = known;
            if (!known.dialect().decidesAtOnce()) {
                jobs.askApart();
            }
        }
        return known;
    }

    private static int wholeSeconds(Duration duration) {
        return (int) Math.min(Integer.MAX_VALUE, duration.plusNanos(999_999_999).toSeconds());
    }

    private static void fail(List<Job<?>> jobs, Throwable failure) {
        jobs.forEach(job -> job.fail(failure));
    }

    private static boolean isAboutData(SQLException failure) {
        return failure.getSQLState() != null && failure.getSQLState().startsWith("22");
    }

    /** Whether there is no connection, or none any more: lost, refused, shut down. */
    static boolean isOfConnection(SQLException failure) {
        String state = String.valueOf(failure.getSQLState());
        return state.startsWith("08")
                || state.startsWith("28")
                || state.startsWith("57P")
                || failure instanceof SQLNonTransientConnectionException;
    }

    /** What a failure means to those around the store. */
    private static Throwable explained(SQLException failure) {
        if (isOfConnection(failure)) {
            return new StoreUnavailableException(NO_CONNECTION_SAID + failure.getMessage(), failure);
        }
        return isAboutData(failure)
                ? new UnusableBucketException("its row is none of ours: " + failure.getMessage(), failure)
                : failure;
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
