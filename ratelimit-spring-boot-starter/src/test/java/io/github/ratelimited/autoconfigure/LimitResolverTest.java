package io.github.ratelimited.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitResolver;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.autoconfigure.actuate.MetricsAutoConfiguration;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.core.annotation.Order;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseBuilder;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabaseType;

/** Limits that the application looks up, say in a table. */
@ExtendWith(OutputCaptureExtension.class)
class LimitResolverTest {

    private static final Duration HOUR = Duration.ofHours(1);

    public static class Api {

        @RateLimited(name = "api", permits = 2, per = "1h", key = "#user")
        public void call(String user) {}

        @RateLimited(name = "export", permits = 1, per = "1h", key = "#user", plan = "#plan")
        public void export(String user, @Nullable String plan) {}
    }

    private final MutableTimeSource time = new MutableTimeSource();
    private final Map<String, Limit> table = new HashMap<>();
    private final List<String> asked = new ArrayList<>();
    private boolean broken;

    private final LimitResolver resolver = (name, key, plan) -> {
        asked.add(name + "/" + key + "/" + plan);
        if (broken) {
            throw new IllegalStateException("no connection");
        }
        return table.get(plan == null ? String.valueOf(key) : plan);
    };

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class, MetricsAutoConfiguration.class))
            .withBean(SimpleMeterRegistry.class)
            .withBean(TimeSource.class, () -> time)
            .withBean("resolver", LimitResolver.class, () -> resolver)
            .withBean(Api.class);

    private static int allowed(Runnable call) {
        for (int calls = 0; ; calls++) {
            try {
                call.run();
            } catch (RateLimitExceededException denied) {
                return calls;
            }
        }
    }

    @Test
    void aKeyHasTheLimitThatIsLookedUpAndAllOthersTheDeclaredOne() {
        table.put("big", Limit.of(5, HOUR));
        application.run(context -> {
            Api api = context.getBean(Api.class);
            assertThat(allowed(() -> api.call("big"))).isEqualTo(5);
            assertThat(allowed(() -> api.call("small"))).isEqualTo(2);
            assertThat(asked).as("each once").containsExactly("api/big/null", "api/small/null");
            RateLimiter big =
                    context.getBean(RateLimiterRegistry.class).get("api").forKey("big");
            assertThat(big.limit()).isEqualTo(Limit.of(5, HOUR));
            assertThat(big.tryAcquire()).as("the same permits").isFalse();
            assertThat(context.getBean(MeterRegistry.class)
                            .get("ratelimit.resolver")
                            .tags("limit", "api", "outcome", "resolved")
                            .counter()
                            .count())
                    .isEqualTo(2);
        });
    }

    @Test
    void aPlanNeedNotBeDeclared() {
        table.put("gold", Limit.of(4, HOUR));
        application.run(context -> {
            Api api = context.getBean(Api.class);
            assertThat(allowed(() -> api.export("alice", "gold"))).isEqualTo(4);
            assertThat(allowed(() -> api.export("alice", null))).isEqualTo(1);
            assertThat(allowed(() -> api.export("bob", "unheard of"))).isEqualTo(1);
        });
    }

    @Test
    void whatChangesIsSeenWhenItIsLookedUpAgain() {
        table.put("big", Limit.of(5, HOUR));
        application.withPropertyValues("ratelimit.resolver.cache-for=10s").run(context -> {
            RateLimiter big =
                    context.getBean(RateLimiterRegistry.class).get("api").forKey("big");
            context.getBean(Api.class).call("big");
            table.put("big", Limit.of(50, HOUR));
            time.advance(Duration.ofSeconds(10).minusNanos(1));
            assertThat(big.peek().limit().permits()).isEqualTo(5);
            time.advance(Duration.ofNanos(1));
            assertThat(big.peek().limit().permits()).isEqualTo(50);
            assertThat(big.peek().remaining())
                    .as("what was taken stays taken, in proportion")
                    .isEqualTo(40);
        });
    }

    @Test
    void aResolverThatFailsLeavesTheDeclaredLimitVisibly(CapturedOutput output) {
        table.put("big", Limit.of(5, HOUR));
        broken = true;
        application.run(context -> {
            Api api = context.getBean(Api.class);
            assertThat(allowed(() -> api.call("big"))).isEqualTo(2);
            assertThat(allowed(() -> api.call("small"))).isEqualTo(2);
            assertThat(output)
                    .containsOnlyOnce(
                            "A LimitResolver has failed for rate limit 'api' (java.lang.IllegalStateException);"
                                    + " until it answers again the declared limits hold")
                    .doesNotContain("no connection");
            assertThat(context.getBean(MeterRegistry.class)
                            .get("ratelimit.resolver")
                            .tags("limit", "api", "outcome", "failed")
                            .counter()
                            .count())
                    .isEqualTo(2);
            broken = false;
            time.advance(Duration.ofSeconds(5));
            assertThat(context.getBean(RateLimiterRegistry.class)
                            .get("api")
                            .forKey("big")
                            .peek()
                            .limit()
                            .permits())
                    .isEqualTo(5);
        });
    }

    /** As stores in other processes cannot count sliding windows of just any length. */
    private LimiterStore upToAHundred() {
        LimiterStore counting = new MemoryLimiterStore(time, 1_000);
        return (LimiterStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {LimiterStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("claim") && ((Limit) arguments[1]).permits() > 100) {
                        throw new InvalidRateLimitException("here", "more than 100 permits", "write fewer");
                    }
                    return method.invoke(counting, arguments);
                });
    }

    @Test
    void aLimitThatTheStoreCannotCountLeavesTheDeclaredOneVisibly(CapturedOutput output) {
        table.put("big", Limit.of(101, HOUR));
        application.withBean("picky", LimiterStore.class, this::upToAHundred).run(context -> {
            Api api = context.getBean(Api.class);
            assertThat(allowed(() -> api.call("big"))).isEqualTo(2);
            assertThat(output)
                    .containsOnlyOnce("A LimitResolver has failed for rate limit 'api' (here: more than 100"
                            + " permits; write fewer); until it answers again the declared limits hold");
            assertThat(asked(context, "api", "failed")).isEqualTo(1);
            table.put("big", Limit.of(100, HOUR));
            time.advance(Duration.ofSeconds(5));
            RateLimiter big =
                    context.getBean(RateLimiterRegistry.class).get("api").forKey("big");
            assertThat(big.limit().permits()).isEqualTo(100);
            assertThat(asked(context, "api", "resolved")).isEqualTo(1);
        });
    }

    private static double asked(ApplicationContext context, String limit, String outcome) {
        return context.getBean(MeterRegistry.class)
                .get("ratelimit.resolver")
                .tags("limit", limit, "outcome", outcome)
                .counter()
                .count();
    }

    public static class Unnamed {

        @RateLimited(permits = 2, per = "1h", key = "#user")
        public void call(String user) {}
    }

    @Test
    void aLimitWithoutANameIsCountedAsItIsShown() {
        application.withBean(Unnamed.class).run(context -> {
            context.getBean(Unnamed.class).call("any");
            assertThat(asked(context, "Unnamed.call", "resolved")).isEqualTo(1);
        });
    }

    @Test
    void ofSeveralResolversTheFirstThatKnowsCounts() {
        table.put("a", Limit.of(3, HOUR));
        application.withBean("first", LimitResolver.class, First::new).run(context -> {
            Api api = context.getBean(Api.class);
            assertThat(allowed(() -> api.call("vip"))).isEqualTo(9);
            assertThat(allowed(() -> api.call("a"))).isEqualTo(3);
        });
    }

    @Order(1)
    private static final class First implements LimitResolver {

        @Override
        public @Nullable Limit resolve(String name, @Nullable String key, @Nullable String plan) {
            return "vip".equals(key) ? Limit.of(9, HOUR) : null;
        }
    }

    @Test
    void aResolverThatHangsHoldsNobodyLongerThanItsTimeout() {
        CountDownLatch answer = new CountDownLatch(1);
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
                .withBean("slow", LimitResolver.class, () -> (name, key, plan) -> {
                    await(answer);
                    return Limit.of(5, HOUR);
                })
                .withBean(Api.class)
                .withPropertyValues("ratelimit.resolver.timeout=1ms")
                .run(context -> {
                    RateLimiter any = context.getBean(RateLimiterRegistry.class)
                            .get("api")
                            .forKey("any");
                    assertThat(any.peek().limit().permits()).isEqualTo(2);
                    answer.countDown();
                    while (any.peek().limit().permits() != 5) {
                        Thread.onSpinWait();
                    }
                });
    }

    @Test
    void ofAFloodOfKeysAResolverThatHangsHoldsFewThreads() {
        CountDownLatch answer = new CountDownLatch(1);
        AtomicInteger begun = new AtomicInteger();
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
                .withBean("slow", LimitResolver.class, () -> (name, key, plan) -> {
                    begun.incrementAndGet();
                    await(answer);
                    return Limit.of(5, HOUR);
                })
                .withBean(Api.class)
                .withPropertyValues("ratelimit.resolver.timeout=1ms")
                .run(context -> {
                    RateLimiter api = context.getBean(RateLimiterRegistry.class).get("api");
                    for (int i = 0; i < 2 * CachedLimitResolver.MOST_QUESTIONS; i++) {
                        assertThat(api.forKey(i).peek().limit().permits()).isEqualTo(2);
                    }
                    assertThat(begun.get()).isLessThanOrEqualTo(CachedLimitResolver.MOST_QUESTIONS);
                    answer.countDown();
                    while (api.forKey(0).peek().limit().permits() != 5) {
                        Thread.onSpinWait();
                    }
                });
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    @Test
    void numbersThatCannotBeStopTheStart() {
        application
                .withPropertyValues("ratelimit.resolver.cache-for=0s")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessage(
                                "ratelimit.resolver: cache-for = PT0S is not longer than zero; write for example 1m"));
    }

    /** As docs/operating.md shows it. */
    private record PlansInATable(JdbcTemplate jdbc) implements LimitResolver {

        @Override
        public @Nullable Limit resolve(String name, @Nullable String key, @Nullable String plan) {
            return jdbc
                    .query(
                            "select permits, seconds from customer_limit where limit_name = ? and customer = ?",
                            (row, index) -> Limit.of(row.getLong(1), Duration.ofSeconds(row.getLong(2))),
                            name,
                            key)
                    .stream()
                    .findFirst()
                    .orElse(null);
        }
    }

    @Test
    void aTableOfTheApplicationsOwnMayStandBehindIt() {
        DataSource database = new EmbeddedDatabaseBuilder()
                .setType(EmbeddedDatabaseType.H2)
                .generateUniqueName(true)
                .build();
        JdbcTemplate jdbc = new JdbcTemplate(database);
        jdbc.execute("create table customer_limit (limit_name varchar(50), customer varchar(50), permits int,"
                + " seconds int)");
        jdbc.update("insert into customer_limit values ('api', 'acme', 7, 3600)");
        application
                .withBean("inATable", LimitResolver.class, () -> new PlansInATable(jdbc))
                .run(context -> {
                    Api api = context.getBean(Api.class);
                    assertThat(allowed(() -> api.call("acme"))).isEqualTo(7);
                    assertThat(allowed(() -> api.call("other"))).isEqualTo(2);
                });
    }
}
