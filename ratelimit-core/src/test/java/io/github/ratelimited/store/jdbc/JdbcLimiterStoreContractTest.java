package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.test.LimiterStoreContract;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

/** By real databases and their own clocks. */
class JdbcLimiterStoreContractTest {

    @Nested
    class PostgreSqlTest extends OnDatabase {
        PostgreSqlTest() {
            super(LocalDatabase.POSTGRESQL);
        }
    }

    @Nested
    class MariaDbTest extends OnDatabase {
        MariaDbTest() {
            super(LocalDatabase.MARIADB);
        }
    }

    @Nested
    class H2Test extends OnDatabase {
        H2Test() {
            super(LocalDatabase.H2);
        }
    }

    abstract static class OnDatabase extends LimiterStoreContract {

        private final LocalDatabase database;
        private final TableName table;
        private final JdbcLimiterStore store;
        private final JdbcLimiterStore other;

        OnDatabase(LocalDatabase database) {
            this.database = database;
            table = database.newTable();
            store = newStore();
            other = newStore();
            store.verify();
        }

        private JdbcLimiterStore newStore() {
            return new JdbcLimiterStore(
                    database.dataSource(),
                    table,
                    "ratelimit:",
                    TimeSource.system(),
                    Duration.ofSeconds(20),
                    JdbcLimiterStore.DEFAULT_THREADS);
        }

        @AfterEach
        void close() {
            store.close();
            other.close();
        }

        @Override
        protected LimiterStore storeOfAnotherNode() {
            return other;
        }

        @Override
        protected LimiterStore store() {
            return store;
        }

        /** The database's clock is nobody's to move. */
        @Override
        protected void pass(Duration duration) {
            long until = System.nanoTime() + duration.toNanos();
            while (System.nanoTime() - until < 0) {
                LockSupport.parkNanos(until - System.nanoTime());
            }
        }
    }
}
