package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Deletes what has expired, in the background: few rows at a time, and then nothing for several times as long, so that
 * callers do not notice. One store of all that share the table does it at a time; it holds a lease, a row of the table.
 */
final class Cleaner implements AutoCloseable {

    static final int BATCH = 100;

    private static final int PAUSES_PER_BATCH = 9;
    private static final long SHORTEST_PAUSE = 5_000_000;
    private static final JdbcLimit NONE = JdbcLimit.of(Limit.of(1, Duration.ofSeconds(1)));

    private final Database database;
    private final TimeSource time;
    private final long interval;
    private final String lease = BucketId.own("cleaner");
    private final long owner = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    private @Nullable Future<?> next;
    private boolean closed;

    Cleaner(Database database, TimeSource time, Duration interval) {
        this.database = database;
        this.time = time;
        this.interval = interval.toNanos();
        schedule(this.interval);
    }

    private synchronized void schedule(long nanos) {
        if (!closed) {
            next = time.schedule(this::clean, nanos);
        }
    }

    private void clean() {
        long begun = time.nanoTime();
        database.inBackground(this::cleanOnce).whenComplete((deleted, failure) -> {
            boolean more = failure == null && deleted == BATCH;
            long pause = PAUSES_PER_BATCH * (time.nanoTime() - begun);
            schedule(more ? Math.min(interval, Math.max(SHORTEST_PAUSE, pause)) : interval);
        });
    }

    /** How many rows it has deleted; none while another has the lease. */
    private int cleanOnce(Connection connection, Table table) throws SQLException {
        if (!hasLease(connection, table)) {
            table.seed(connection, lease, NONE);
            if (!hasLease(connection, table)) {
                return 0;
            }
        }
        return new Transaction(connection, table).run(() -> table.deleteExpired(connection, BATCH));
    }

    private boolean hasLease(Connection connection, Table table) throws SQLException {
        return table.lease(connection, lease, owner, 2 * interval);
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (next != null) {
            next.cancel(false);
        }
    }
}
