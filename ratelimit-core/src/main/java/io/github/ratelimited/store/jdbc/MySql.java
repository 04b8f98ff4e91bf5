package io.github.ratelimited.store.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.util.Set;

/** MySQL 8 or newer, which cannot tell what an upsert has done: it decides in a transaction. */
class MySql implements Dialect {

    private static final int LOCK_WAIT_TIMEOUT = 1205;

    /** Killed, and too long by MariaDB and by MySQL. */
    private static final Set<Integer> CUT_SHORT = Set.of(1317, 1969, 3024);

    @Override
    public String script() {
        return "schema-mysql.sql";
    }

    @Override
    public String quoted(String name) {
        return '`' + name.replace("`", "``") + '`';
    }

    @Override
    public String clock() {
        return "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) * 1000)";
    }

    @Override
    public String minutes(String nanos) {
        return "(" + nanos + " DIV 60000000000)";
    }

    @Override
    public String seed(String insert) {
        return insert + " ON DUPLICATE KEY UPDATE id = id";
    }

    /** For one transaction: the default of InnoDB, REPEATABLE READ, would lock gaps as well. */
    @Override
    public void readCommitted(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
        }
    }

    /** A statement by itself reads what is there now. */
    @Override
    public boolean isolatedAsAWhole() {
        return false;
    }

    /** Connector/J, which ends a statement itself, has no number for that. */
    @Override
    public boolean isCutShort(SQLException failure) {
        return CUT_SHORT.contains(failure.getErrorCode()) || failure instanceof SQLTimeoutException;
    }

    @Override
    public boolean isTransient(SQLException failure) {
        return Dialect.super.isTransient(failure) || failure.getErrorCode() == LOCK_WAIT_TIMEOUT;
    }
}
