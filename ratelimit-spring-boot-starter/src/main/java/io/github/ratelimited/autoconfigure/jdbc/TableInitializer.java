package io.github.ratelimited.autoconfigure.jdbc;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.autoconfigure.RateLimitProperties.InitializeSchema;
import io.github.ratelimited.store.jdbc.JdbcSchema;
import io.github.ratelimited.store.jdbc.TableName;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import javax.sql.DataSource;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.boot.jdbc.init.DataSourceScriptDatabaseInitializer;
import org.springframework.boot.sql.init.DatabaseInitializationMode;
import org.springframework.boot.sql.init.DatabaseInitializationSettings;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.jdbc.datasource.init.DatabasePopulatorUtils;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcUtils;
import org.springframework.jdbc.support.MetaDataAccessException;

/** Makes the table if it is missing, by the script of the database and under its configured name. */
final class TableInitializer extends DataSourceScriptDatabaseInitializer {

    private static final Log log = LogFactory.getLog(TableInitializer.class);

    private final DataSource dataSource;
    private final TableName table;
    private final InitializeSchema mode;

    TableInitializer(DataSource dataSource, TableName table, InitializeSchema mode) {
        super(dataSource, settings(mode));
        this.dataSource = dataSource;
        this.table = table;
        this.mode = mode;
    }

    private static DatabaseInitializationSettings settings(InitializeSchema mode) {
        DatabaseInitializationSettings settings = new DatabaseInitializationSettings();
        settings.setSchemaLocations(List.of("classpath*:io/github/ratelimited/store/jdbc/schema-*.sql"));
        settings.setMode(DatabaseInitializationMode.valueOf(mode.name()));
        return settings;
    }

    /** A database that gives no answer is none of this process. */
    @Override
    protected boolean isEmbeddedDatabase() {
        try {
            return super.isEmbeddedDatabase();
        } catch (RuntimeException noAnswer) {
            return false;
        }
    }

    /** That one of them which is for this database. */
    @Override
    protected void runScripts(Scripts scripts) {
        try {
            String script = JdbcUtils.extractDatabaseMetaData(dataSource, this::script);
            ResourceDatabasePopulator populator =
                    new ResourceDatabasePopulator(new ByteArrayResource(script.getBytes(StandardCharsets.UTF_8)));
            try {
                DatabasePopulatorUtils.execute(populator, dataSource);
            } catch (RuntimeException anotherNodeMayBeAtIt) {
                DatabasePopulatorUtils.execute(populator, dataSource); // finds what that one has made
            }
        } catch (InvalidRateLimitException unsupported) {
            throw unsupported;
        } catch (MetaDataAccessException | RuntimeException failure) {
            if (isOfConnection(failure)) {
                log.warn("The table '" + table
                        + "' for rate limits was not looked for, since the database gives no answer ("
                        + NestedExceptionUtils.getMostSpecificCause(failure).getMessage()
                        + "). If it is not there yet, start again when the database is.");
                return;
            }
            throw new InvalidRateLimitException(
                    "ratelimit.jdbc.initialize-schema = " + mode.name().toLowerCase(Locale.ROOT),
                    "the table '" + table + "' could not be made: "
                            + NestedExceptionUtils.getMostSpecificCause(failure).getMessage(),
                    "let the database's user create tables, or make it by io/github/ratelimited/store/jdbc/schema-*.sql in"
                            + " our jar and write never");
        }
    }

    /** As when limits are asked for: a database that is down does not stop the start. */
    private static boolean isOfConnection(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CannotGetJdbcConnectionException
                    || cause instanceof SocketException
                    || (cause instanceof SQLException of
                            && of.getSQLState() != null
                            && of.getSQLState().startsWith("08"))) {
                return true;
            }
        }
        return false;
    }

    private String script(DatabaseMetaData database) throws SQLException {
        return JdbcSchema.script(database, table);
    }
}
