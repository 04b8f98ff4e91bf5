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
import io.github.ratelimited.store.TcpRelay;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import java.sql.Connection;
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
    private LocalPostgres postgres;
    private TcpRelay network;
    private HikariDataSource pool;

    @BeforeEach
    void start() throws Exception {
        postgres = new LocalPostgres();
        opened.add(postgres);
        network = new TcpRelay(postgres.port());
        opened.add(network);
        pool = LocalPostgres.pool(network.port());
        opened.add(pool);
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

    @ParameterizedTest
    @EnumSource(names = {"ALLOW", "DENY"})
    void aServerThatIsKilledUnderLoadDecidesAgainOnceItIsBack(StoreFailurePolicy policy) throws Exception {
        try (StoreLoad load = new StoreLoad(store(policy), PLENTY)) {
            load.awaitReason(WITHIN_LIMIT);
            postgres.kill();
            Decision without = load.awaitReason(STORE_UNAVAILABLE);
            assertThat(without.allowed()).isEqualTo(policy == ALLOW);
            postgres.restart();
            load.awaitReason(WITHIN_LIMIT);
        }
    }

    @Test
    void aServerThatIsFrozenUnderLoadHoldsNobodyUp() throws Exception {
        try (StoreLoad load = new StoreLoad(store(DENY), PLENTY)) {
            load.awaitReason(WITHIN_LIMIT);
            postgres.freeze();
            assertThat(load.awaitReason(STORE_UNAVAILABLE).allowed()).isFalse();
            postgres.thaw();
            load.awaitReason(WITHIN_LIMIT);
        }
    }

    /** Nobody is told that what is on these connections never arrives; new ones work. */
    @Test
    void connectionsThatAreCutAreGivenUp() throws Exception {
        try (StoreLoad load = new StoreLoad(store(DENY), PLENTY)) {
            load.awaitReason(WITHIN_LIMIT);
            network.silence();
            assertThat(load.awaitReason(STORE_UNAVAILABLE).allowed()).isFalse();
            network.heal();
            load.awaitReason(WITHIN_LIMIT);
        }
    }

    @Test
    void connectionsThatAreEndedUnderLoadAreReplaced() throws Exception {
        try (StoreLoad load = new StoreLoad(store(DENY), PLENTY)) {
            for (int i = 0; i < 5; i++) {
                load.awaitReason(WITHIN_LIMIT);
                postgres.endConnections();
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
