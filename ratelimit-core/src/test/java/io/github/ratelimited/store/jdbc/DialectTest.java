package io.github.ratelimited.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DialectTest {

    /** A serialization failure and a deadlock left nothing behind; of 40003 nobody knows, and it could count twice. */
    @ParameterizedTest
    @CsvSource({"40001, true", "40P01, true", "40003, false", "08006, false", "23505, false", ", false"})
    void onlyWhatWasUndoneForSureIsTriedAgain(String state, boolean again) {
        SQLException failure = new SQLException("failed", state);
        assertThat(new PostgreSql().isTransient(failure)).isEqualTo(again);
        assertThat(new H2().isTransient(failure)).isEqualTo(again);
    }
}
