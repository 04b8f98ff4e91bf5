package io.github.ratelimited.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.github.ratelimited.store.jdbc.JdbcSchema;
import io.github.ratelimited.store.jdbc.TableName;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** SQL that a page shows is what makes the table in PostgreSQL. */
class SqlBlocksTest {

    static Stream<Block> blocks() {
        return Page.blocks("sql");
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void isTheScriptOfTheStore(Block block) throws SQLException {
        DatabaseMetaData database = mock();
        when(database.getDatabaseProductName()).thenReturn("PostgreSQL");
        assertThat(block.text())
                .as(block.toString())
                .isEqualTo(JdbcSchema.script(database, TableName.of("rate_limit")));
    }
}
