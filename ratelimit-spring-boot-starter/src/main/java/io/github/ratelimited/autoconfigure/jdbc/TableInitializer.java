package io.github.ratelimited.autoconfigure.jdbc;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.autoconfigure.RateLimitProperties.InitializeSchema;
import io.github.ratelimited.store.jdbc.JdbcSchema;
import io.github.ratelimited.store.jdbc.TableName;
import java.nio.charset.StandardCharsets;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import javax.sql.DataSource;
import org.springframework.boot.jdbc.init.DataSourceScriptDatabaseInitializer;
import org.springframework.boot.sql.init.DatabaseInitializationMode;
import org.springframework.boot.sql.init.DatabaseInitializationSettings;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.jdbc.datasource.init.DatabasePopulatorUtils;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.jdbc.support.JdbcUtils;
import org.springframework.jdbc.support.MetaDataAccessException;

/** Makes the table if it is missing, by the script of the database and under its configured name. */
final class TableInitializer extends DataSourceScriptDatabaseInitializer {

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
            throw new InvalidRateLimitException(
                    "ratelimit.jdbc.initialize-schema = " + mode.name().toLowerCase(Locale.ROOT),
                    "the table '" + table + "' could not be made: "
                            + NestedExceptionUtils.getMostSpecificCause(failure).getMessage(),
                    "let the database's user create tables, or make it by io/github/ratelimited/store/jdbc/schema-*.sql in"
                            + " our jar and write never");
        }
    }

    private String script(DatabaseMetaData database) throws SQLException {
        return JdbcSchema.script(database, table);
    }
}
