package io.github.ratelimited.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Figure;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.Nodes;
import io.github.ratelimited.store.RandomTraffic;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The statements in real databases against the model of the rules. They are told the time by the test. */
class JdbcReferenceModelTest {

    private static final long SEED = Long.getLong("ratelimit.seed", System.nanoTime());
    private static final int STEPS = 300;

    @BeforeAll
    static void tellSeed() {
        System.out.println("JdbcReferenceModelTest: -Dratelimit.seed=" + SEED);
    }

    /** MariaDB is slow to commit. */
    private static int episodes(LocalDatabase database) {
        return database.equals(LocalDatabase.MARIADB) ? 4 : 12;
    }

    static List<LocalDatabase> databases() {
        return LocalDatabase.values();
    }

    static Stream<Arguments> databasesAndAlgorithms() {
        return databases().stream()
                .flatMap(database -> Stream.of(Algorithm.values()).map(algorithm -> Arguments.of(database, algorithm)));
    }

    @ParameterizedTest
    @MethodSource("databasesAndAlgorithms")
    void oneLimitDecidesAsItsModel(LocalDatabase database, Algorithm algorithm) throws Exception {
        int decisions = 0;
        try (Clock clock = new Clock(database)) {
            for (int i = 0; i < episodes(database); i++) {
                SplittableRandom random = new SplittableRandom(SEED + 31L * i);
                decisions += play(clock, random, i, List.of(RandomTraffic.limit(random, algorithm)));
            }
        }
        Figure.add("decisions compared", decisions);
        assertThat(decisions).isGreaterThan(1000 * episodes(database));
    }

    @ParameterizedTest
    @MethodSource("databases")
    void severalLimitsDecideAsTheirModelsAllOrNothing(LocalDatabase database) throws Exception {
        int decisions = 0;
        try (Clock clock = new Clock(database)) {
            for (int i = 0; i < episodes(database); i++) {
                SplittableRandom random = new SplittableRandom(SEED - 31L * i);
                decisions += play(clock, random, i, RandomTraffic.limits(random));
            }
        }
        Figure.add("decisions compared", decisions);
        assertThat(decisions).isGreaterThan(1000 * episodes(database));
    }

    /** It is the database's clock that decides. */
    @ParameterizedTest
    @EnumSource
    void nodesWhoseClocksAreTwoHoursApartDecideAsTheModel(Algorithm algorithm) throws Exception {
        int decisions = 0;
        Duration hour = Duration.ofHours(1);
        try (Clock clock = new Clock(LocalDatabase.POSTGRESQL)) {
            for (int i = 0; i < 6; i++) {
                SplittableRandom random = new SplittableRandom(SEED + 17L * i);
                try (JdbcLimiterStore early = store(clock, i, Nodes.wrongBy(hour.negated()));
                        JdbcLimiterStore late = store(clock, i, Nodes.wrongBy(hour))) {
                    LimiterStore nodes = new Nodes(random.split(), List.of(early, late));
                    decisions += play(clock, random, i, List.of(RandomTraffic.limit(random, algorithm)), nodes);
                }
            }
        }
        Figure.add("decisions compared", decisions);
        assertThat(decisions).isGreaterThan(6_000);
    }

    private static int play(Clock clock, SplittableRandom random, int episode, List<Limit> limits) {
        try (JdbcLimiterStore store = store(clock, episode, TimeSource.system())) {
            return play(clock, random, episode, limits, store);
        }
    }

    private static int play(Clock clock, SplittableRandom random, int episode, List<Limit> limits, LimiterStore store) {
        return new RandomTraffic(
                        "-Dratelimit.seed=" + SEED + ", episode " + episode, random, limits, store, clock::set, 1)
                .play(STEPS);
    }

    private static JdbcLimiterStore store(Clock clock, int episode, TimeSource time) {
        return new JdbcLimiterStore(
                clock.database.dataSource(),
                clock.table,
                "episode" + episode + ":",
                time,
                Duration.ofSeconds(60),
                2,
                clock.sql);
    }

    /** A clock in the database, which stands still until it is set. */
    private static final class Clock implements AutoCloseable {

        private final LocalDatabase database;
        private final TableName table;
        private final String sql;
        private final Connection connection;
        private final PreparedStatement statement;

        Clock(LocalDatabase database) throws SQLException {
            this.database = database;
            this.table = database.newTable();
            String name = "clock_of_" + table;
            database.execute("CREATE TABLE " + name + " (ns bigint)");
            database.execute("INSERT INTO " + name + " VALUES (0)");
            sql = "(SELECT ns FROM " + name + ")";
            connection = database.dataSource().getConnection();
            statement = connection.prepareStatement("UPDATE " + name + " SET ns = ?");
        }

        void set(long now) {
            try {
                statement.setLong(1, now);
                statement.executeUpdate();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }
}
