package io.github.ratelimited.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Await;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.StoreUnavailableException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows, their making and their end, on real databases. */
@Timeout(120)
class JdbcTableTest {

    private static final Duration DAY = Duration.ofDays(1);
    private static final LimitName NAME = LimitName.of("table");

    private final List<AutoCloseable> opened = new ArrayList<>();

    static List<LocalDatabase> databases() {
        return LocalDatabase.values();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    private JdbcLimiterStore store(LocalDatabase database, TableName table, int poolSize) {
        HikariDataSource pool = database.newPool(poolSize);
        JdbcLimiterStore store = new JdbcLimiterStore(
                pool, table, "", TimeSource.system(), Duration.ofSeconds(30), JdbcLimiterStore.DEFAULT_THREADS);
        opened.add(store);
        opened.add(pool);
        return store;
    }

    private static AcquireRequest request(Limit limit, String key) {
        return AcquireRequest.of(new Claim(NAME, limit, key, 1, 0));
    }

    /** How many calls of so many threads are allowed. */
    private long allowed(int threads, int calls, Callable<Boolean> call) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        opened.add(executor::shutdownNow);
        List<Callable<Long>> callers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            callers.add(() -> {
                long allowed = 0;
                for (int n = 0; n < calls; n++) {
                    allowed += call.call() ? 1 : 0;
                }
                return allowed;
            });
        }
        long sum = 0;
        for (Future<Long> each : executor.invokeAll(callers)) {
            sum += each.get();
        }
        return sum;
    }

    @ParameterizedTest
    @MethodSource("databases")
    void sixteenThreadsMakeNewKeysAtOnceWithoutADeadlock(LocalDatabase database) throws Exception {
        TableName table = database.newTable();
        List<LimiterStore> nodes = List.of(store(database, table, 8), store(database, table, 8));
        for (Algorithm algorithm : Algorithm.values()) {
            Limit limit = Limit.of(5, DAY).withAlgorithm(algorithm);
            for (int round = 0; round < 10; round++) {
                String key = algorithm + "-" + round;
                AcquireRequest one = request(limit, key);
                AcquireRequest both = new AcquireRequest(List.of(
                        new Claim(NAME, limit, "a" + key, 1, 0), new Claim(LimitName.of("b"), limit, key, 1, 0)));
                assertThat(allowed(
                                16,
                                2,
                                () -> nodes.get((int) (Thread.currentThread().getId() % 2))
                                        .acquire(one)
                                        .allowed()))
                        .isEqualTo(5);
                assertThat(allowed(
                                16,
                                2,
                                () -> nodes.get((int) (Thread.currentThread().getId() % 2))
                                        .acquire(both)
                                        .allowed()))
                        .isEqualTo(5);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void nodesShareALimit(LocalDatabase database) throws Exception {
        TableName table = database.newTable();
        for (Algorithm algorithm : Algorithm.values()) {
            Limit limit = Limit.of(100, DAY).withAlgorithm(algorithm);
            long allowed = 0;
            List<LimiterStore> nodes = List.of(store(database, table, 4), store(database, table, 4));
            allowed += allowed(
                    8,
                    30,
                    () -> nodes.get((int) (Thread.currentThread().getId() % 2))
                            .acquire(request(limit, algorithm.name()))
                            .allowed());
            assertThat(allowed).as(algorithm.name()).isEqualTo(100);
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void aPoolOfOneConnectionIsEnough(LocalDatabase database) throws Exception {
        LimiterStore store = store(database, database.newTable(), 1);
        Limit limit = Limit.of(50, DAY);
        assertThat(allowed(16, 10, () -> store.acquire(request(limit, "k")).allowed()))
                .isEqualTo(50);
    }

    @Test
    void aMariaDbIsAskedByMySqlsOwnDriverToo() {
        LocalDatabase database = LocalDatabase.MARIADB_BY_CONNECTOR_J;
        JdbcLimiterStore store = store(database, database.newTable(), 2);
        store.verify();
        Limit limit = Limit.of(2, DAY);
        assertThat(store.acquire(request(limit, "k")).remaining()).isEqualTo(1);
        assertThat(store.acquire(request(limit, "k")).remaining()).isZero();
        assertThat(store.acquire(request(limit, "k")).allowed()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void whatAConnectionWasSetToIsRestored(LocalDatabase database) throws Exception {
        HikariDataSource pool = database.newPool(1);
        pool.setAutoCommit(false);
        opened.add(pool);
        TableName table = database.newTable();
        try (JdbcLimiterStore store =
                new JdbcLimiterStore(pool, table, "", TimeSource.system(), Duration.ofSeconds(30), 2)) {
            Limit sliding = Limit.of(5, DAY).withAlgorithm(Algorithm.SLIDING_WINDOW);
            assertThat(store.acquire(request(Limit.of(5, DAY), "k")).allowed()).isTrue();
            assertThat(store.acquire(request(sliding, "k")).allowed()).isTrue();
        }
        try (Connection connection = pool.getConnection()) {
            assertThat(connection.getAutoCommit()).isFalse();
            assertThat(connection.getNetworkTimeout()).isZero();
            try (Statement statement = connection.createStatement()) {
                assertThat(statement.getQueryTimeout())
                        .as("of its other statements")
                        .isZero();
            }
            connection.rollback();
        }
        assertThat(rows(database, table)).as("committed").isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("databasesThatDecideAtOnce")
    void aLockedRowIsGivenUpAndThoseThatWereAskedForTogetherWithItAreDecided(LocalDatabase database) throws Exception {
        TableName table = database.newTable();
        HikariDataSource pool = database.newPool(1);
        JdbcLimiterStore store = new JdbcLimiterStore(pool, table, "", TimeSource.system(), Duration.ofSeconds(3), 1);
        opened.add(store);
        opened.add(pool);
        Limit limit = Limit.of(5, DAY);
        assertThat(store.acquire(request(limit, "a")).allowed()).isTrue();
        CompletableFuture<Decision> locked;
        CompletableFuture<Decision> other;
        try (Connection operator = database.dataSource().getConnection();
                Statement statement = operator.createStatement()) {
            operator.setAutoCommit(false);
            statement.executeQuery("SELECT * FROM " + quoted(database, table) + " WHERE id = '"
                    + BucketId.of("", NAME, "a") + "' FOR UPDATE");
            try (Connection only = pool.getConnection()) {
                assertThat(only.isClosed()).isFalse();
                store.acquireAsync(request(limit, "first"));
                Await.until("the thread waits", () -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 1);
                locked = store.acquireAsync(request(limit, "a")).toCompletableFuture();
                other = store.acquireAsync(request(limit, "b")).toCompletableFuture();
            }
            assertThat(other.get(30, TimeUnit.SECONDS).allowed()).isTrue();
            assertThat(locked).isCompletedExceptionally();
            operator.rollback();
        }
        assertThat(store.acquire(request(limit, "a")).remaining())
                .as("it was not counted")
                .isEqualTo(3);
    }

    @Test
    void allLockInOneOrderWhateverThatOfTheDatabaseIs() throws Exception {
        LocalDatabase database = LocalDatabase.POSTGRESQL;
        TableName name = database.newTable();
        database.execute("ALTER TABLE \"" + name + "\" ALTER COLUMN id TYPE varchar(128) COLLATE \"en-x-icu\"");
        JdbcLimit numbers = JdbcLimit.of(Limit.of(1, DAY));
        try (Connection operator = database.dataSource().getConnection();
                Connection ours = database.dataSource().getConnection();
                Statement statement = operator.createStatement()) {
            Table table = new Table(Dialect.of(ours.getMetaData()), name, null, 1);
            table.seed(ours, "B", numbers);
            table.seed(ours, "a", numbers);
            operator.setAutoCommit(false);
            statement.executeQuery("SELECT * FROM \"" + name + "\" WHERE id = 'B' FOR UPDATE");
            ours.setAutoCommit(false);
            ExecutorService executor = Executors.newSingleThreadExecutor();
            opened.add(executor::shutdownNow);
            Future<Table.Rows> locked = executor.submit(() -> table.lock(ours, List.of("B", "a")));
            statement.executeQuery("SELECT * FROM \"" + name + "\" WHERE id = 'a' FOR UPDATE");
            assertThatExceptionOfType(ExecutionException.class)
                    .as("it waits for B first, and holds nothing")
                    .isThrownBy(() -> locked.get(30, TimeUnit.SECONDS))
                    .withMessageContaining("cancel");
            ours.rollback();
            operator.rollback();
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void whatIsUnderWayWhenTheStoreIsClosedIsDoneOrFails(LocalDatabase database) throws Exception {
        HikariDataSource pool = database.newPool(4);
        opened.add(pool);
        TableName table = database.newTable();
        Limit draining = Limit.of(5, DAY);
        Limit sliding = draining.withAlgorithm(Algorithm.SLIDING_WINDOW);
        for (int round = 0; round < 20; round++) {
            JdbcLimiterStore store =
                    new JdbcLimiterStore(pool, table, "", TimeSource.system(), Duration.ofSeconds(30), 4);
            List<CompletableFuture<Decision>> answers = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                Limit limit = i % 2 == 0 ? draining : sliding;
                answers.add(store.acquireAsync(request(limit, "k" + i % 100)).toCompletableFuture());
            }
            store.close();
            CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                    .handle((done, failure) -> null)
                    .get(30, TimeUnit.SECONDS);
        }
    }

    /** Connections that fail once as they are told to, when it is {@code true}, and what they were asked in what order. */
    private static DataSource failing(DataSource real, List<String> calls, String failing, AtomicBoolean fails) {
        InvocationHandler handler = (source, method, arguments) -> {
            Connection connection = real.getConnection();
            return Proxy.newProxyInstance(
                    Connection.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, call, values) -> {
                        String said = call.getName() + (values == null ? "" : Arrays.toString(values));
                        calls.add(said);
                        if (said.equals(failing) && fails.compareAndSet(true, false)) {
                            throw new SQLException("as told");
                        }
                        try {
                            return call.invoke(connection, values);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        };
        return (DataSource)
                Proxy.newProxyInstance(DataSource.class.getClassLoader(), new Class<?>[] {DataSource.class}, handler);
    }

    @Test
    void aConnectionThatCannotBePutRightIsGivenUpAndWhatWasDoneIsDone() {
        TableName table = LocalDatabase.H2.newTable();
        List<String> calls = new CopyOnWriteArrayList<>();
        AtomicBoolean fails = new AtomicBoolean();
        JdbcLimiterStore store = new JdbcLimiterStore(
                failing(LocalDatabase.H2.dataSource(), calls, "setAutoCommit[true]", fails),
                table,
                "",
                TimeSource.system(),
                Duration.ofSeconds(30),
                1);
        opened.add(store);
        Limit limit = Limit.of(5, DAY);
        assertThat(store.acquire(request(limit, "k")).remaining()).isEqualTo(4);
        assertThat(calls.get(0)).isEqualTo("getNetworkTimeout");
        assertThat(calls.get(1)).startsWith("setNetworkTimeout");
        fails.set(true);
        assertThat(store.acquire(request(limit, "k")).remaining()).isEqualTo(3);
        assertThat(calls).anyMatch(call -> call.startsWith("abort"));
        assertThat(store.acquire(request(limit, "k")).remaining()).isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("databasesThatDecideAtOnce")
    void whatAStatementHasGrantedIsGivenBackIfTheTransactionForTheOthersFails(LocalDatabase database) {
        DataSource failing = failing(
                database.dataSource(), new CopyOnWriteArrayList<>(), "setAutoCommit[false]", new AtomicBoolean(true));
        JdbcLimiterStore store =
                new JdbcLimiterStore(failing, database.newTable(), "", TimeSource.system(), Duration.ofSeconds(30), 1);
        opened.add(store);
        Limit limit = Limit.of(5, DAY).withAlgorithm(Algorithm.FIXED_WINDOW);
        Claim waits = new Claim(NAME, limit, "k", 1, DAY.toNanos());
        assertThat(store.acquireAll(Collections.nCopies(6, AcquireRequest.of(waits)))
                        .toCompletableFuture())
                .failsWithin(Duration.ofSeconds(30));
        assertThat(store.peek(waits).remaining()).isEqualTo(5);
    }

    static Stream<Arguments> databasesAndIsolations() {
        return Stream.of(LocalDatabase.POSTGRESQL, LocalDatabase.H2)
                .flatMap(database -> Stream.of("REPEATABLE_READ", "SERIALIZABLE")
                        .flatMap(isolation -> Stream.of(Algorithm.TOKEN_BUCKET, Algorithm.SLIDING_WINDOW)
                                .map(algorithm -> Arguments.of(database, isolation, algorithm))));
    }

    @ParameterizedTest
    @MethodSource("databasesAndIsolations")
    void aRowThatAnotherNodeHasJustChangedIsDecidedOnHoweverIsolatedConnectionsAre(
            LocalDatabase database, String isolation, Algorithm algorithm) throws Exception {
        TableName table = database.newTable();
        HikariDataSource pool = database.newPool(2);
        pool.setTransactionIsolation("TRANSACTION_" + isolation);
        opened.add(pool);
        AtomicLong passed = new AtomicLong();
        JdbcLimiterStore store = new JdbcLimiterStore(
                pool, table, "", () -> System.nanoTime() + passed.get(), Duration.ofSeconds(30), 2);
        opened.add(store);
        AcquireRequest request = request(Limit.of(5, DAY).withAlgorithm(algorithm), "k");
        assertThat(store.acquire(request).remaining()).isEqualTo(4);
        CompletableFuture<Decision> decision;
        try (Connection other = database.dataSource().getConnection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.executeUpdate("UPDATE " + quoted(database, table) + " SET granted = granted + 1");
            decision = store.acquireAsync(request).toCompletableFuture();
            Await.until("the decision waits for the row", () -> waiting(database) == 1);
            passed.set(DAY.toNanos()); // nothing is tried again any more
            other.commit();
        }
        assertThat(decision).succeedsWithin(Duration.ofSeconds(30));
        assertThat(decision.join().remaining()).isEqualTo(3);
    }

    /** How many wait for a lock. */
    private static int waiting(LocalDatabase database) {
        return number(
                database,
                "SELECT COUNT(*) FROM "
                        + (database.equals(LocalDatabase.H2)
                                ? "INFORMATION_SCHEMA.SESSIONS WHERE BLOCKER_ID IS NOT NULL"
                                : "pg_locks WHERE NOT granted"));
    }

    @Test
    void isolationIsSetAndRestoredOnlyWhereConnectionsComeMoreIsolatedAndAskedForOnce() {
        TableName table = LocalDatabase.POSTGRESQL.newTable();
        HikariDataSource isolated = LocalDatabase.POSTGRESQL.newPool(1);
        isolated.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
        opened.add(isolated);
        assertThat(isolationCalls(LocalDatabase.POSTGRESQL.dataSource(), table))
                .containsExactly("getTransactionIsolation");
        assertThat(isolationCalls(isolated, table))
                .containsExactly(
                        "getTransactionIsolation",
                        "setTransactionIsolation[" + Connection.TRANSACTION_READ_COMMITTED + "]",
                        "setTransactionIsolation[" + Connection.TRANSACTION_SERIALIZABLE + "]",
                        "setTransactionIsolation[" + Connection.TRANSACTION_READ_COMMITTED + "]",
                        "setTransactionIsolation[" + Connection.TRANSACTION_SERIALIZABLE + "]");
    }

    /** By two decisions. */
    private static List<String> isolationCalls(DataSource dataSource, TableName table) {
        List<String> calls = new CopyOnWriteArrayList<>();
        DataSource seen = failing(dataSource, calls, "nothing", new AtomicBoolean());
        try (JdbcLimiterStore store =
                new JdbcLimiterStore(seen, table, "", TimeSource.system(), Duration.ofSeconds(30), 1)) {
            store.acquire(request(Limit.of(5, DAY), "k"));
            store.acquire(request(Limit.of(5, DAY), "k"));
            Await.until("both connections are closed", () -> Collections.frequency(calls, "close") == 2);
        }
        return calls.stream()
                .filter(call -> call.contains("TransactionIsolation"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void aLogWithoutRoomIsOverItsLimit(LocalDatabase database) throws Exception {
        TableName table = database.newTable();
        JdbcLimiterStore store = store(database, table, 1);
        Limit limit = Limit.of(10_000, DAY).withAlgorithm(Algorithm.SLIDING_WINDOW);
        assertThat(store.acquire(request(limit, "k")).allowed()).isTrue();
        long now = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
        ByteBuffer log = ByteBuffer.allocate(62_500 * 16);
        for (int i = 0; i < 62_500; i++) {
            log.putLong(now + i).putLong(1);
        }
        try (Connection connection = database.dataSource().getConnection();
                PreparedStatement update =
                        connection.prepareStatement("UPDATE " + quoted(database, table) + " SET log = ?")) {
            update.setBytes(1, log.array());
            update.executeUpdate();
        }
        Decision denied = store.acquire(AcquireRequest.of(
                new Claim(NAME, limit, "k", 1, Duration.ofDays(100).toNanos())));
        assertThat(denied.reason()).isEqualTo(Decision.Reason.OVER_LIMIT);
        assertThat(denied.retryAfter()).isPositive();
    }

    @ParameterizedTest
    @MethodSource("databases")
    void turnsThatWereGrantedBesideAFailureAreGivenBackTheLastFirst(LocalDatabase database) throws Exception {
        TableName table = database.newTable();
        JdbcLimiterStore store = store(database, table, 2);
        Claim waits = new Claim(
                NAME, Limit.of(1, DAY), "waits", 1, DAY.multipliedBy(9).toNanos());
        AcquireRequest turn = AcquireRequest.of(waits);
        AcquireRequest unusable = request(Limit.of(1, DAY), "unusable");
        assertThat(store.acquire(unusable).allowed()).isTrue();
        database.execute("UPDATE " + quoted(database, table) + " SET numbers = 'none of ours'");
        assertThat(store.acquireAll(List.of(turn, turn, unusable, turn, turn)).toCompletableFuture())
                .failsWithin(Duration.ofSeconds(30));
        assertThat(store.acquire(turn).waitTime()).isZero();
    }

    static List<LocalDatabase> databasesThatDecideAtOnce() {
        return List.of(LocalDatabase.POSTGRESQL, LocalDatabase.MARIADB, LocalDatabase.MARIADB_BY_CONNECTOR_J);
    }

    private static int rows(LocalDatabase database, TableName table) {
        return number(database, "SELECT COUNT(*) FROM " + quoted(database, table));
    }

    private static int number(LocalDatabase database, String sql) {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String quoted(LocalDatabase database, TableName table) {
        return database.toString().startsWith("MariaDB") ? table.toString() : "\"" + table + "\"";
    }

    @ParameterizedTest
    @MethodSource("databases")
    void whatHasExpiredIsDeletedAndNothingElse(LocalDatabase database) throws Exception {
        TableName table = database.newTable();
        JdbcLimiterStore store = store(database, table, 4);
        int keys = 3 * Cleaner.BATCH / 2;
        allowed(
                8,
                keys / 8 + 1,
                () -> store.acquire(request(Limit.of(5, DAY), "k" + System.nanoTime()))
                        .allowed());
        database.execute("UPDATE " + quoted(database, table) + " SET expires = 0");
        store.acquire(request(Limit.of(5, DAY), "alive"));
        assertThat(rows(database, table)).isGreaterThan(Cleaner.BATCH);
        JdbcLimiterStore other = store(database, table, 4);
        store.cleanEvery(Duration.ofMillis(20));
        other.cleanEvery(Duration.ofMillis(20));
        Await.until("only what is alive and the lease are left", () -> rows(database, table) == 2);
        assertThat(store.acquire(request(Limit.of(5, DAY), "alive")).remaining())
                .isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("databases")
    void theLeaseIsOneStoresUntilItRunsOut(LocalDatabase database) throws Exception {
        TableName name = database.newTable();
        try (Connection connection = database.dataSource().getConnection()) {
            Table table = new Table(Dialect.of(connection.getMetaData()), name, null, 1);
            String id = BucketId.own("cleaner");
            table.seed(connection, id, JdbcLimit.of(Limit.of(1, DAY)));
            assertThat(table.lease(connection, id, 1, 1_000_000_000_000L)).isTrue();
            assertThat(table.lease(connection, id, 2, 1_000_000_000_000L)).isFalse();
            assertThat(table.lease(connection, id, 1, -1)).isTrue();
            assertThat(table.lease(connection, id, 2, 1_000_000_000_000L)).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void keysOfAllKindsAreToldApart(LocalDatabase database) {
        LimiterStore store = store(database, database.newTable(), 2);
        Limit limit = Limit.of(1, DAY);
        List<String> keys = List.of(
                "a",
                "A",
                "a ",
                " a",
                "ä",
                "a\u0000",
                "\u0000",
                "\ud83d\ude00",
                "\ud83d",
                "'; DROP TABLE x; --",
                "a:b",
                "~cleaner",
                "x".repeat(128),
                "x".repeat(300),
                "x".repeat(301),
                "?");
        for (String key : keys) {
            assertThat(store.acquire(request(limit, key)).allowed()).as(key).isTrue();
            assertThat(store.acquire(request(limit, key)).allowed()).as(key).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void aMissingTableIsToldOf(LocalDatabase database) {
        assertThatExceptionOfType(InvalidRateLimitException.class)
                .isThrownBy(() -> store(database, TableName.of("nowhere"), 1).verify())
                .withMessageContaining("ratelimit.jdbc.table = nowhere")
                .withMessageContaining("there is no such table")
                .withMessageContaining("initialize-schema: always");
    }

    @ParameterizedTest
    @MethodSource("databases")
    void aTableOfAnotherShapeIsToldOf(LocalDatabase database) {
        TableName named = database.newTable();
        String table = quoted(database, named);
        database.execute("DROP TABLE " + table);
        for (String columns : List.of(
                "id varchar(128) PRIMARY KEY, name varchar(10)",
                "id varchar(128), numbers varchar(64), step bigint, drain bigint, capacity bigint, birth bigint,"
                        + " moment bigint, state bigint, granted integer, log varchar(1), expires bigint")) {
            database.execute("CREATE TABLE " + table + " (" + columns + ")");
            assertThatExceptionOfType(InvalidRateLimitException.class)
                    .isThrownBy(() -> store(database, named, 1).verify())
                    .withMessageContaining("of another shape")
                    .withMessageContaining("schema-");
            database.execute("DROP TABLE " + table);
        }
    }

    @ParameterizedTest
    @MethodSource("databases")
    void nodesThatStartTogetherAllFindTheTableGood(LocalDatabase database) throws Exception {
        TableName table = database.newTable();
        JdbcLimiterStore store = store(database, table, 8);
        assertThat(allowed(8, 15, () -> {
                    store.verify();
                    return true;
                }))
                .isEqualTo(8 * 15);
        assertThat(rows(database, table)).isZero();
    }

    @Test
    void aDatabaseThatIsReadOnlyForAWhileHasNoTableOfAnotherShape() {
        TableName table = LocalDatabase.POSTGRESQL.newTable();
        HikariDataSource pool = LocalDatabase.POSTGRESQL.newPool(1);
        pool.setConnectionInitSql("SET default_transaction_read_only = on");
        opened.add(pool);
        JdbcLimiterStore store = new JdbcLimiterStore(pool, table, "", TimeSource.system(), Duration.ofSeconds(30), 1);
        opened.add(store);
        assertThatExceptionOfType(StoreUnavailableException.class)
                .isThrownBy(store::verify)
                .withMessageContaining("cannot be written to now")
                .withMessageContaining("read-only");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a;b", "a\"b", "1a", "a.b.c", "a.", "ä", "a`"})
    void aNameThatIsNoneIsRefused(String name) {
        assertThatExceptionOfType(InvalidRateLimitException.class)
                .isThrownBy(() -> TableName.of(name))
                .withMessageContaining("table = '" + name + "'");
    }

    @Test
    void aGoodTableIsLeftAsItIs() {
        for (LocalDatabase database : databases()) {
            TableName table = database.newTable();
            store(database, table, 1).verify();
            assertThat(rows(database, table)).isZero();
        }
    }
}
