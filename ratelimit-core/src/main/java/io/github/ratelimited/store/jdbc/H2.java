package io.github.ratelimited.store.jdbc;

import java.sql.SQLException;
import java.sql.Statement;

/** H2 2.2 or newer, in the same process as a rule: a transaction costs no trips. */
final class H2 implements Dialect {

    private static final int LOCK_TIMEOUT = 50200;
    private static final int CONCURRENT_UPDATE = 90131;

    @Override
    public String script() {
        return "schema-h2.sql";
    }

    @Override
    public String clock() {
        return "(CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000000 AS BIGINT) * 1000)";
    }

    /** Not by that, which would stay with the connection; no lock is waited for longer than two seconds. */
    @Override
    public void limit(Statement statement, int seconds) {}

    @Override
    public boolean isTransient(SQLException failure) {
        return Dialect.super.isTransient(failure)
                || failure.getErrorCode() == LOCK_TIMEOUT
                || failure.getErrorCode() == CONCURRENT_UPDATE;
    }
}
