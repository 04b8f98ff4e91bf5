package io.github.ratelimited.benchmark;

import com.zaxxer.hikari.HikariDataSource;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.FailSafeStore;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.MergingStore;
import io.github.ratelimited.store.RememberedDenials;
import io.github.ratelimited.store.StoreFailurePolicy;
import io.github.ratelimited.store.StoreRateLimiter;
import io.github.ratelimited.store.jdbc.JdbcLimiterStore;
import io.github.ratelimited.store.jdbc.JdbcSchema;
import io.github.ratelimited.store.jdbc.TableName;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** A PostgreSQL server of this machine, a pool of connections to it, and our store behind all that surrounds it. */
final class JdbcBench implements AutoCloseable {

    private static final TableName TABLE = TableName.of("rate_limit");

    /** That a busy machine does not reach: what stands in must not be measured for the store. */
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    final HikariDataSource pool = new HikariDataSource();
    final JdbcLimiterStore store;
    private final EmbeddedPostgres server;
    private final FailSafeStore failSafe;
    private final Admission admission;
    private int limiters;

    JdbcBench() throws Exception {
        this(false, "");
    }

    /**
     * A server and all that asks it.
     *
     * @param durable it writes to disk what it has committed, as servers do, and those of tests do not
     * @param options how connections differ from its defaults
     */
    JdbcBench(boolean durable, String options) throws Exception {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder();
        if (durable) {
            builder.setServerConfig("fsync", "on").setServerConfig("synchronous_commit", "on");
        }
        server = builder.start();
        pool.setJdbcUrl(server.getJdbcUrl("postgres", "postgres"));
        pool.addDataSourceProperty("options", options);
        pool.setMaximumPoolSize(16);
        try (Connection connection = pool.getConnection()) {
            execute(JdbcSchema.script(connection.getMetaData(), TABLE));
        }
        TimeSource time = TimeSource.system();
        int threads = Integer.getInteger("threads", JdbcLimiterStore.DEFAULT_THREADS);
        store = new JdbcLimiterStore(pool, TABLE, "ratelimit:", time, TIMEOUT, threads);
        failSafe = new FailSafeStore(
                new MergingStore(store),
                "jdbc",
                time,
                TIMEOUT,
                name -> StoreFailurePolicy.valueOf(name.id().replaceAll("[0-9]", "")),
                new MemoryLimiterStore(time, 1000),
                1);
        admission = new Admission(new RememberedDenials(failSafe, time, 10_000), time);
    }

    RateLimiter limiter(Limit limit, StoreFailurePolicy policy) {
        return new StoreRateLimiter(LimitName.of(policy.name() + limiters++), limit, admission);
    }

    boolean selectOne() {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement("SELECT 1");
                ResultSet result = statement.executeQuery()) {
            return result.next();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    long rows() {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement = connection.prepareStatement("SELECT count(*) FROM rate_limit");
                ResultSet result = statement.executeQuery()) {
            result.next();
            return result.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    void execute(String sql) {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws Exception {
        failSafe.close();
        store.close();
        pool.close();
        server.close();
    }
}
