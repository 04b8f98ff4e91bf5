package io.github.ratelimited.store.jdbc;

import static io.github.ratelimited.Decision.Reason.STORE_UNAVAILABLE;
import static io.github.ratelimited.Decision.Reason.WITHIN_LIMIT;
import static io.github.ratelimited.store.StoreFailurePolicy.ALLOW;
import static io.github.ratelimited.store.StoreFailurePolicy.DENY;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Await;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.FailSafeStore;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.MergingStore;
import io.github.ratelimited.store.RememberedDenials;
import io.github.ratelimited.store.StoreFailurePolicy;
import io.github.ratelimited.store.StoreLoad;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What callers see of a real database that breaks. */
@Timeout(120)
class JdbcFaultTest {

    private static final Duration TIMEOUT = Duration.ofMillis(500);
    private static final TableName TABLE = TableName.of("rate_limit");
    private static final AcquireRequest PLENTY = AcquireRequest.of(
            new Claim(LimitName.of("fault"), Limit.of(1_000_000_000, Duration.ofDays(1)), "plenty", 1, 0));

    private final List<AutoCloseable> opened = new ArrayList<>();
    private EmbeddedPostgres postgres;
    private HikariDataSource pool;

    @BeforeEach
    void start() throws Exception {
        // Else the table itself may be forgotten when the server is killed.
        postgres = EmbeddedPostgres.builder()
                .setServerConfig("synchronous_commit", "on")
                .start();
        opened.add(postgres);
        pool = new HikariDataSource();
        pool.setJdbcUrl(postgres.getJdbcUrl("postgres", "postgres"));
        opened.add(pool);
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(JdbcSchema.script(connection.getMetaData(), TABLE));
        }
    }

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size(); i > 0; i--) {
            opened.get(i - 1).close();
        }
    }

    /** The store as an application has it. */
    private LimiterStore store(StoreFailurePolicy policy) {
        TimeSource time = TimeSource.system();
        JdbcLimiterStore store = new JdbcLimiterStore(pool, TABLE, "", time, TIMEOUT, JdbcLimiterStore.DEFAULT_THREADS);
        opened.add(store);
        FailSafeStore failSafe = new FailSafeStore(
                new MergingStore(store), "jdbc", time, TIMEOUT, name -> policy, new MemoryLimiterStore(time, 1000), 1);
        opened.add(failSafe);
        return new RememberedDenials(failSafe, time, 10_000);
    }

    private String asked(String sql) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }

    private boolean answers() {
        try {
            return asked("SELECT 1").equals("1");
        } catch (SQLException down) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ALLOW", "DENY"})
    void aServerThatIsKilledUnderLoadDecidesAgainOnceItIsBack(StoreFailurePolicy policy) throws Exception {
        Path data = Path.of(asked("SHOW data_directory"));
        ProcessHandle server = ProcessHandle.of(Long.parseLong(
                        Files.readAllLines(data.resolve("postmaster.pid")).get(0)))
                .orElseThrow();
        List<String> command = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            command.addAll(List.of("unshare", "-U")); // as which the server would not start
        }
        command.add(server.info().command().orElseThrow());
        command.addAll(List.of(server.info().arguments().orElseThrow()));
        try (StoreLoad load = new StoreLoad(store(policy), PLENTY)) {
            load.awaitReason(WITHIN_LIMIT);
            server.destroyForcibly();
            Decision without = load.awaitReason(STORE_UNAVAILABLE);
            assertThat(without.allowed()).isEqualTo(policy == ALLOW);
            server.onExit().join();
            Process[] again = new Process[1];
            opened.add(() -> again[0].destroy());
            Await.until("the server is back", () -> {
                if (again[0] == null || !again[0].isAlive()) { // others of its processes may not be gone yet
                    again[0] = started(command);
                }
                return answers();
            });
            load.awaitReason(WITHIN_LIMIT);
        }
    }

    private static Process started(List<String> command) {
        try {
            return new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void connectionsThatAreEndedUnderLoadAreReplaced() throws Exception {
        try (StoreLoad load = new StoreLoad(store(DENY), PLENTY)) {
            for (int i = 0; i < 5; i++) {
                load.awaitReason(WITHIN_LIMIT);
                try (Connection operator = DriverManager.getConnection(postgres.getJdbcUrl("postgres", "postgres"));
                        Statement statement = operator.createStatement()) {
                    statement.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            + " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
                }
            }
            load.awaitReason(WITHIN_LIMIT);
        }
    }

    @Test
    void aRowThatIsLockedKeepsNobodyAndNoOtherKey() throws Exception {
        LimiterStore store = store(DENY);
        assertThat(store.acquire(PLENTY).reason()).isEqualTo(WITHIN_LIMIT);
        AcquireRequest other = AcquireRequest.of(PLENTY.claims().get(0).with("other", 1, 0));
        try (Connection operator = pool.getConnection();
                Statement statement = operator.createStatement()) {
            operator.setAutoCommit(false);
            statement.executeQuery("SELECT * FROM rate_limit FOR UPDATE");
            assertThat(store.acquire(PLENTY).reason()).isEqualTo(STORE_UNAVAILABLE);
            assertThat(store.acquire(other).reason()).isEqualTo(WITHIN_LIMIT);
            operator.rollback();
        }
        Await.until("the row is decided on", () -> store.acquire(PLENTY).reason() == WITHIN_LIMIT);
    }
}
