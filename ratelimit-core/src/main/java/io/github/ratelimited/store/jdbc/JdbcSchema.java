package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.InvalidRateLimitException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;

/** The scripts in this package that make the table: {@code schema-postgresql.sql} and so on. */
public final class JdbcSchema {

    private JdbcSchema() {}

    /**
     * The script for a database, with the table's name in it; it may be run again.
     *
     * @throws InvalidRateLimitException if the database is none of those that are supported
     */
    public static String script(DatabaseMetaData database, TableName table) throws SQLException {
        Dialect dialect = Dialect.of(database);
        return text(dialect.script())
                .replace("@@tableName@@", table.quoted(dialect))
                .replace("@@indexName@@", table.quotedIndex(dialect));
    }

    /** Where the script is on the class path. */
    static String path(Dialect dialect) {
        return JdbcSchema.class.getPackageName().replace('.', '/') + "/" + dialect.script();
    }

    private static String text(String name) {
        try (InputStream script = JdbcSchema.class.getResourceAsStream(name)) {
            if (script == null) {
                throw new FileNotFoundException(name);
            }
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
