package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import io.github.ratelimited.Decision;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.jdbc.JdbcStoreAutoConfiguration;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.KeyHash;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** {@code ratelimit.hash-keys}: whoever keeps the counts does not know whose they are. */
@ExtendWith(OutputCaptureExtension.class)
@ImportAutoConfiguration(RateLimitAutoConfiguration.class)
class HashKeysPropertyTest {

    private static final String SECRET = "sixteen letters at least";
    private static final String HASHED = new KeyHash(SECRET).of("ann@example.com");

    public static class Orders {

        @RateLimited(name = "orders", permits = 2, per = "1d", key = "#user")
        public void place(String user) {}
    }

    /** A store of the application's own, which counts elsewhere. */
    private static final class OwnStore implements LimiterStore {

        private final LimiterStore memory = new MemoryLimiterStore(TimeSource.system(), 100);
        private final List<@Nullable String> heard = new ArrayList<>();

        @Override
        public Decision acquire(AcquireRequest request) {
            request.claims().forEach(claim -> heard.add(claim.key()));
            return memory.acquire(request);
        }

        @Override
        public void refund(AcquireRequest request, Decision decision) {
            memory.refund(request, decision);
        }

        @Override
        public Decision peek(Claim claim) {
            heard.add(claim.key());
            return memory.peek(claim);
        }

        @Override
        public void giveBack(Claim claim) {
            heard.add(claim.key());
            memory.giveBack(claim);
        }

        @Override
        public void reset(LimitName name, @Nullable String key) {
            heard.add(key);
            memory.reset(name, key);
        }
    }

    private final ApplicationContextRunner plain = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(RateLimitAutoConfiguration.class, JdbcStoreAutoConfiguration.class))
            .withBean(Orders.class);

    private final ApplicationContextRunner hashed =
            plain.withPropertyValues("ratelimit.hash-keys=true", "ratelimit.hash-secret=" + SECRET);

    @Test
    void a_table_has_the_hash_and_nothing_of_the_key() {
        DataSource database = new DriverManagerDataSource("jdbc:h2:mem:hashed;DB_CLOSE_DELAY=-1");
        hashed.withBean(DataSource.class, () -> database)
                .withPropertyValues("ratelimit.store=jdbc", "ratelimit.jdbc.timeout=20s")
                .run(context -> {
                    Orders orders = context.getBean(Orders.class);
                    orders.place("ann@example.com");
                    orders.place("ann@example.com");
                    assertThat(denies(() -> orders.place("ann@example.com"))).isTrue();
                    orders.place("bob@example.com");
                    assertThat(new JdbcTemplate(database).queryForList("SELECT id FROM \"rate_limit\"", String.class))
                            .contains("ratelimit:orders:" + HASHED)
                            .noneMatch(id -> id.contains("example") || id.contains("ann"));
                });
    }

    private static boolean denies(Runnable call) {
        try {
            call.run();
            return false;
        } catch (RateLimitExceededException denied) {
            return true;
        }
    }

    /** Whatever it is called. */
    @ParameterizedTest
    @ValueSource(strings = {"own", "redisLimiterStore"})
    void a_store_of_the_application_s_own_hears_hashes_only(String name) {
        OwnStore own = new OwnStore();
        ApplicationContextRunner application = hashed.withBean(name, LimiterStore.class, () -> own)
                .withPropertyValues("ratelimit.store=" + (name.equals("own") ? name : "redis"));
        application.run(context -> {
            context.getBean(Orders.class).place("ann@example.com");
            context.getBean(RateLimiterRegistry.class)
                    .get("orders")
                    .forKey("ann@example.com")
                    .peek();
            context.getBean(RateLimiterRegistry.class)
                    .get("orders")
                    .forKey("ann@example.com")
                    .reset();
            assertThat(own.heard).hasSize(3).containsOnly(HASHED);
        });
    }

    @Test
    void memory_keeps_the_keys_which_do_not_leave_it() {
        hashed.run(context -> {
            context.getBean(Orders.class).place("ann@example.com");
            MemoryLimiterStore memory = context.getBean(MemoryLimiterStore.class);
            LimitName name = LimitName.of("orders");
            assertThat(memory.peek(memory.claim(
                                    name,
                                    context.getBean(RateLimiterRegistry.class)
                                            .get("orders")
                                            .limit(),
                                    "ann@example.com",
                                    1,
                                    0))
                            .remaining())
                    .isEqualTo(1);
        });
    }

    @ParameterizedTest
    @CsvSource({
        ", 'it is not set, and ratelimit.hash-keys is true'",
        "too short, 'the secret has 9 characters, fewer than 16: it could be guessed'"
    })
    void a_secret_that_is_none_stops_the_start(@Nullable String secret, String problem) {
        ApplicationContextRunner without = plain.withPropertyValues("ratelimit.hash-keys=true");
        (secret == null ? without : without.withPropertyValues("ratelimit.hash-secret=" + secret)).run(context -> {
            assertThat(context).hasFailed();
            assertThat(context.getStartupFailure())
                    .rootCause()
                    .isInstanceOf(InvalidRateLimitException.class)
                    .hasMessageContaining("ratelimit.hash-secret: " + problem)
                    .hasMessageContaining("RATELIMIT_HASHSECRET")
                    .hasMessageNotContaining("too short");
        });
    }

    @Test
    void a_secret_under_a_wrong_name_is_not_printed(CapturedOutput output) {
        SpringApplication application = new SpringApplication(HashKeysPropertyTest.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        assertThatException()
                .isThrownBy(() -> application.run("--ratelimit.hash-keys=true", "--ratelimit.hash-secert=" + SECRET));
        assertThat(output).contains("ratelimit.hash-secert").doesNotContain(SECRET);
    }

    @Test
    void a_secret_for_nothing_is_warned_of(CapturedOutput output) {
        plain.withPropertyValues("ratelimit.hash-secret=" + SECRET).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(output).contains("ratelimit.hash-secret hashes nothing").doesNotContain(SECRET);
            assertThat(context.getBean(RateLimitProperties.class).toString()).doesNotContain(SECRET);
        });
    }
}
