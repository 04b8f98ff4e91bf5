package io.github.ratelimited.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.UnusableBucketException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is stored carries a version: nodes of the last one and of this one share a table while they are updated. */
class JdbcVersionTest {

    private static final LimitName NAME = LimitName.of("versioned");

    private final LocalDatabase database = LocalDatabase.POSTGRESQL;
    private final TableName table = database.newTable();
    private final JdbcLimiterStore store =
            new JdbcLimiterStore(database.dataSource(), table, "", TimeSource.system(), Duration.ofSeconds(20), 2);

    @AfterEach
    void close() {
        store.close();
    }

    private void rewrite(String version) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate("UPDATE \"" + table + "\" SET numbers = '" + version
                            + "' || substring(numbers, 2) WHERE numbers LIKE '1%'"))
                    .isEqualTo(1);
        }
    }

    private static AcquireRequest request(Limit limit, long cost) {
        return AcquireRequest.of(new Claim(NAME, limit, "key", cost, 0));
    }

    @ParameterizedTest
    @EnumSource
    void the_version_before_is_read_and_written_on(Algorithm algorithm) throws SQLException {
        Limit limit = Limit.of(3, Duration.ofDays(1)).withAlgorithm(algorithm);
        store.acquire(request(limit, 2));
        rewrite("");
        assertThat(store.peek(new Claim(NAME, limit, "key", 1, 0)).remaining()).isEqualTo(1);
        assertThat(store.acquire(request(limit, 2)).allowed()).isFalse();
        assertThat(store.acquire(request(limit, 1)).allowed()).isTrue();
        assertThat(store.acquire(request(limit, 1)).allowed()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void a_later_version_is_left_alone_and_told_of(Algorithm algorithm) throws SQLException {
        Limit limit = Limit.of(3, Duration.ofDays(1)).withAlgorithm(algorithm);
        store.acquire(request(limit, 2));
        rewrite("2");
        assertThatExceptionOfType(UnusableBucketException.class)
                .isThrownBy(() -> store.acquire(request(limit, 1)))
                .withMessageContaining("is of a later version than 1");
    }
}
