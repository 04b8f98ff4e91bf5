package io.github.ratelimited.autoconfigure.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariDataSource;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.autoconfigure.RateLimitAutoConfiguration;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** {@code ratelimit.store: jdbc} on real databases. */
@Timeout(120)
class JdbcStoreAutoConfigurationTest {

    public static class Orders {

        @RateLimited(name = "orders", permits = 3, per = "1d")
        public void place() {}
    }

    private static final AtomicInteger DATABASES = new AtomicInteger();

    private static EmbeddedPostgres postgres;

    private final String h2 = "jdbc:h2:mem:starter" + DATABASES.incrementAndGet() + ";DB_CLOSE_DELAY=-1";

    private final ApplicationContextRunner plain = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(RateLimitAutoConfiguration.class, JdbcStoreAutoConfiguration.class));

    private final ApplicationContextRunner jdbc =
            plain.withPropertyValues("ratelimit.store=jdbc", "ratelimit.jdbc.timeout=5s");

    private final ApplicationContextRunner application =
            jdbc.withBean(DataSource.class, () -> new DriverManagerDataSource(h2));

    @BeforeAll
    static void start() throws Exception {
        postgres = EmbeddedPostgres.builder().start();
    }

    @AfterAll
    static void stop() throws Exception {
        postgres.close();
    }

    private static DataSource postgres() {
        return new DriverManagerDataSource(postgres.getJdbcUrl("postgres", "postgres"));
    }

    private static RateLimiter limiter(ApplicationContext context) {
        return context.getBean(RateLimiterRegistry.class).get("orders");
    }

    @Test
    void twoApplicationsShareOneLimit() {
        ApplicationContextRunner node = application.withBean(Orders.class);
        node.run(one -> node.run(other -> {
            one.getBean(Orders.class).place();
            other.getBean(Orders.class).place();
            one.getBean(Orders.class).place();
            assertThatExceptionOfType(RateLimitExceededException.class)
                    .isThrownBy(() -> other.getBean(Orders.class).place());
        }));
    }

    @Test
    void aLimitSurvivesARestart() {
        ApplicationContextRunner node = application.withBean(Orders.class);
        node.run(context -> assertThat(limiter(context).tryAcquire(3)).isTrue());
        node.run(context -> assertThat(limiter(context).tryAcquire()).isFalse());
    }

    @Test
    void aCallersRollbackGivesNothingBackAndKeepsNothingLocked() {
        ApplicationContextRunner node = jdbc.withBean(Orders.class)
                .withBean(DataSource.class, JdbcStoreAutoConfigurationTest::postgres)
                .withPropertyValues("ratelimit.jdbc.initialize-schema=always", "ratelimit.jdbc.table=rolled_back");
        node.run(context -> {
            DataSource dataSource = context.getBean(DataSource.class);
            TransactionTemplate transaction = new TransactionTemplate(new JdbcTransactionManager(dataSource));
            transaction.executeWithoutResult(status -> {
                new JdbcTemplate(dataSource).queryForList("SELECT 1");
                context.getBean(Orders.class).place();
                node.run(other -> assertThat(limiter(other).tryAcquire())
                        .as("another node, while the transaction is open")
                        .isTrue());
                status.setRollbackOnly();
            });
            assertThat(limiter(context).tryAcquire(2)).isFalse();
            assertThat(limiter(context).tryAcquire()).isTrue();
        });
    }

    @Test
    @Timeout(60)
    void aCallerWhoHoldsTheOnlyConnectionIsDecidedForInTime() {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(h2);
        pool.setMaximumPoolSize(1);
        jdbc.withBean(Orders.class)
                .withBean(DataSource.class, () -> pool)
                .withPropertyValues("ratelimit.jdbc.timeout=200ms", "ratelimit.defaults.on-store-failure=deny")
                .run(context -> {
                    new TransactionTemplate(new JdbcTransactionManager(pool)).executeWithoutResult(status -> {
                        new JdbcTemplate(pool).queryForList("SELECT 1");
                        assertThat(limiter(context).tryAcquire(1, Duration.ZERO).reason())
                                .isEqualTo(Reason.STORE_UNAVAILABLE);
                    });
                    Decision after = limiter(context).tryAcquire(1, Duration.ZERO);
                    while (after.reason() == Reason.STORE_UNAVAILABLE) {
                        after = limiter(context).tryAcquire(1, Duration.ZERO);
                    }
                    assertThat(after.allowed()).isTrue();
                    while (limiter(context).peek().remaining() < 2) {
                        Thread.onSpinWait(); // until what came too late was given back
                    }
                });
    }

    @Test
    void anEmbeddedDatabaseGetsItsTableAndAnotherDoesNot() {
        application.run(context -> assertThat(context).hasNotFailed());
        jdbc.withBean(DataSource.class, JdbcStoreAutoConfigurationTest::postgres)
                .run(context -> assertThat(context)
                        .getFailure()
                        .isInstanceOf(InvalidRateLimitException.class)
                        .hasMessageContaining("ratelimit.jdbc.table = rate_limit: there is no such table")
                        .hasMessageContaining("schema-postgresql.sql")
                        .hasMessageContaining("initialize-schema: always"));
    }

    @Test
    void neverMeansNever() {
        application
                .withPropertyValues("ratelimit.jdbc.initialize-schema=never")
                .run(context -> assertThat(context)
                        .getFailure()
                        .isInstanceOf(InvalidRateLimitException.class)
                        .hasMessageContaining("there is no such table"));
    }

    @Test
    void aTableOfAnotherShapeStopsTheStart() {
        new JdbcTemplate(new DriverManagerDataSource(h2))
                .execute("CREATE TABLE \"rate_limit\" (id int PRIMARY KEY, expires bigint)");
        application.run(context -> assertThat(context)
                .getFailure()
                .isInstanceOf(InvalidRateLimitException.class)
                .hasMessageContaining("of another shape")
                .hasMessageContaining("choose another name"));
    }

    @Test
    void aUserWithoutRightsStopsTheStart() {
        JdbcTemplate operator = new JdbcTemplate(postgres());
        operator.execute("CREATE USER poor");
        operator.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        DataSource poor = new DriverManagerDataSource(postgres.getJdbcUrl("poor", "postgres"));
        jdbc.withBean(DataSource.class, () -> poor)
                .withPropertyValues("ratelimit.jdbc.initialize-schema=always", "ratelimit.jdbc.table=not_mine")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidRateLimitException.class)
                        .hasMessageContaining("ratelimit.jdbc.initialize-schema = always")
                        .hasMessageContaining("permission denied")
                        .hasMessageContaining("let the database's user create tables"));
        jdbc.withBean(DataSource.class, JdbcStoreAutoConfigurationTest::postgres)
                .withPropertyValues("ratelimit.jdbc.initialize-schema=always", "ratelimit.jdbc.table=not_yours")
                .run(context -> assertThat(context).hasNotFailed());
        jdbc.withBean(DataSource.class, () -> poor)
                .withPropertyValues("ratelimit.jdbc.initialize-schema=never", "ratelimit.jdbc.table=not_yours")
                .run(context -> assertThat(context)
                        .getFailure()
                        .isInstanceOf(InvalidRateLimitException.class)
                        .hasMessageContaining("grant SELECT, INSERT, UPDATE and DELETE"));
    }

    @Test
    void aNameThatIsNoTablesStopsTheStart() {
        application
                .withPropertyValues("ratelimit.jdbc.table=limits; DROP TABLE users")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidRateLimitException.class)
                        .hasMessageContaining("ratelimit.jdbc: table = 'limits; DROP TABLE users'"));
    }

    @Test
    void withoutADataSourceTheStartSaysWhatIsMissing() {
        jdbc.run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOf(InvalidRateLimitException.class)
                .hasMessageContaining("'jdbc' needs a DataSource")
                .hasMessageContaining("spring-boot-starter-jdbc"));
        jdbc.withClassLoader(new FilteredClassLoader("org.springframework.jdbc", "org.springframework.boot.jdbc"))
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidRateLimitException.class)
                        .hasMessageContaining("'jdbc' needs a DataSource"));
    }

    /** So that Spring Boot still makes the application's. */
    @Test
    void aDataSourceOfTheLimitsAloneIsNoCandidateForOthers() {
        jdbc.withBean("one", DataSource.class, () -> new DriverManagerDataSource("jdbc:nothing:to-connect-to"))
                .withBean(
                        "limits",
                        DataSource.class,
                        () -> new DriverManagerDataSource(h2),
                        definition -> ((AbstractBeanDefinition) definition).setDefaultCandidate(false))
                .withPropertyValues("ratelimit.jdbc.data-source=limits")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    try (Connection connection = new DriverManagerDataSource(h2).getConnection();
                            ResultSet tables = connection.getMetaData().getTables(null, null, "rate_limit", null)) {
                        assertThat(tables.next()).isTrue();
                    }
                });
    }

    @Test
    void amongSeveralDataSourcesOneIsChosenByName() {
        ApplicationContextRunner two = jdbc.withBean("one", DataSource.class, () -> new DriverManagerDataSource(h2))
                .withBean("other", DataSource.class, () -> new DriverManagerDataSource(h2));
        two.run(context -> assertThat(context)
                .getFailure()
                .rootCause()
                .isInstanceOf(InvalidRateLimitException.class)
                .hasMessageContaining("data-source is not set")
                .hasMessageContaining("[one, other]"));
        two.withPropertyValues("ratelimit.jdbc.data-source=third")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidRateLimitException.class)
                        .hasMessageContaining("data-source = 'third'")
                        .hasMessageContaining("[one, other]"));
        two.withPropertyValues("ratelimit.jdbc.data-source=other")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void aDatabaseThatIsNotSupportedIsNamed() {
        DriverManagerDataSource real = new DriverManagerDataSource(h2);
        DataSource oracle = (DataSource) proxy(
                DataSource.class,
                real,
                "getConnection",
                connection -> proxy(
                        Connection.class,
                        connection,
                        "getMetaData",
                        metaData ->
                                proxy(DatabaseMetaData.class, metaData, "getDatabaseProductName", name -> "Oracle")));
        jdbc.withBean(DataSource.class, () -> oracle)
                .withPropertyValues("ratelimit.jdbc.initialize-schema=never")
                .run(context -> assertThat(context)
                        .getFailure()
                        .isInstanceOf(InvalidRateLimitException.class)
                        .hasMessageContaining("the database is 'Oracle'")
                        .hasMessageContaining("ratelimit.jdbc.data-source"));
    }

    /** The real thing, but for the result of one method. */
    private static Object proxy(
            Class<?> type, Object real, String method, java.util.function.UnaryOperator<Object> changed) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, called, arguments) -> {
            Object result = called.invoke(real, arguments);
            return called.getName().equals(method) ? changed.apply(result) : result;
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"never", "embedded", "always"})
    void aDatabaseThatIsDownDoesNotStopTheStart(String initializeSchema) {
        jdbc.withBean(Orders.class)
                .withPropertyValues("ratelimit.jdbc.initialize-schema=" + initializeSchema)
                .withBean(DataSource.class, () -> new DriverManagerDataSource("jdbc:postgresql://127.0.0.1:1/postgres"))
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(limiter(context).tryAcquire(1, Duration.ZERO).reason())
                            .isEqualTo(Reason.STORE_UNAVAILABLE);
                });
    }

    @Test
    void anApplicationWithADatabaseCountsInMemoryUnlessToldOtherwise() {
        plain.withBean(DataSource.class, () -> new DriverManagerDataSource(h2)).run(context -> {
            assertThat(context.getBean(StoreRateLimiterRegistry.class)
                            .admission("", "")
                            .store()
                            .answersAtOnce())
                    .isTrue();
            assertThat(context).doesNotHaveBean(TableInitializer.class);
        });
        application.run(context -> assertThat(context.getBean(StoreRateLimiterRegistry.class)
                        .admission("", "")
                        .store()
                        .answersAtOnce())
                .isFalse());
    }

    @Test
    void wrongNumbersStopTheStart() {
        for (String[] wrong : new String[][] {
            {"timeout=0s", "timeout = PT0S is not longer than zero"},
            {"threads=0", "threads = 0 is not positive"},
            {"cleanup-interval=0s", "cleanup-interval = PT0S is not longer than zero"}
        }) {
            application
                    .withPropertyValues("ratelimit.jdbc." + wrong[0])
                    .run(context -> assertThat(context)
                            .getFailure()
                            .rootCause()
                            .isInstanceOf(InvalidRateLimitException.class)
                            .hasMessageContaining("ratelimit.jdbc: " + wrong[1]));
        }
    }

    @Test
    void aSlidingWindowThatWritesTooMuchStopsTheStart() {
        application
                .withPropertyValues(
                        "ratelimit.limits.orders.permits=10001", "ratelimit.limits.orders.algorithm=sliding-window")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(InvalidRateLimitException.class)
                        .hasMessageContaining("use at most 10000"));
    }
}
