package io.github.ratelimited.store.redis;

import static io.github.ratelimited.Decision.Reason.OVER_LIMIT;
import static io.github.ratelimited.Decision.Reason.STORE_UNAVAILABLE;
import static io.github.ratelimited.Decision.Reason.WITHIN_LIMIT;
import static io.github.ratelimited.store.StoreFailurePolicy.ALLOW;
import static io.github.ratelimited.store.StoreFailurePolicy.DENY;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
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
import io.github.ratelimited.store.StoreLog;
import io.github.ratelimited.store.TcpRelay;
import io.github.ratelimited.store.UnusableBucketException;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.lettuce.core.AclCategory;
import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What callers see of a real server that breaks in every way that servers and networks do. */
@Timeout(120)
class RedisFaultTest {

    private static final Duration TIMEOUT = Duration.ofMillis(200);
    private static final Duration LONG_TIMEOUT = Duration.ofSeconds(15);
    private static final Duration DAY = Duration.ofDays(1);
    private static final LimitName NAME = LimitName.of("fault");
    private static final Limit PLENTY = Limit.of(1_000_000_000, DAY);

    private final LocalRedis redis = new LocalRedis();
    private final List<AutoCloseable> opened = new ArrayList<>(List.of(redis));

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size(); i > 0; i--) {
            opened.get(i - 1).close();
        }
    }

    /** The store as an application has it. */
    private LimiterStore store(RedisConnection connection, StoreFailurePolicy policy, Duration timeout) {
        return new RememberedDenials(failSafe(connection, policy, timeout), TimeSource.system(), 10_000);
    }

    private FailSafeStore failSafe(RedisConnection connection, StoreFailurePolicy policy, Duration timeout) {
        TimeSource time = TimeSource.system();
        FailSafeStore failSafe = new FailSafeStore(
                new MergingStore(new RedisLimiterStore(connection, "")),
                "redis",
                time,
                timeout,
                name -> policy,
                new MemoryLimiterStore(time, 1000),
                1);
        opened.add(failSafe);
        return failSafe;
    }

    private RedisConnection connection(RedisURI uri) {
        RedisClient client = LocalRedis.client(uri);
        opened.add(() -> client.shutdown(0, 0, TimeUnit.SECONDS));
        RedisConnection connection = new RedisConnection(client, TimeSource.system());
        opened.add(connection);
        return connection;
    }

    private TcpRelay relay() throws IOException {
        TcpRelay relay = new TcpRelay(redis.port());
        opened.add(relay);
        return relay;
    }

    private RedisConnection through(TcpRelay relay) {
        RedisConnection connection = connection(RedisURI.create("127.0.0.1", relay.port()));
        LocalRedis.connected(connection);
        return connection;
    }

    private static AcquireRequest request(Limit limit, String key) {
        return AcquireRequest.of(new Claim(NAME, limit, key, 1, 0));
    }

    private static AcquireRequest plenty() {
        return request(PLENTY, "plenty");
    }

    private static void awaitAnswer(LimiterStore store) {
        Await.until("the store decides", () -> store.acquire(plenty()).reason() == WITHIN_LIMIT);
    }

    private static void signal(String name, ProcessHandle process) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void scriptsThatAreForgottenUnderLoadAreSentAgain() throws Exception {
        int threads = 8;
        int keys = 40;
        int flushesAtLeast = 20;
        Limit limit = Limit.of(20, DAY);
        LimiterStore store = store(redis.connection(), DENY, LONG_TIMEOUT);
        AtomicInteger flushes = new AtomicInteger();
        ConcurrentHashMap<Integer, Integer> allowed = new ConcurrentHashMap<>();
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        opened.add(executor::shutdownNow);
        List<Future<?>> callers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            callers.add(executor.submit(() -> {
                for (int key = 0; key < keys || flushes.get() < flushesAtLeast; key++) {
                    for (int call = 0; call < 5; call++) {
                        Decision decision = store.acquire(request(limit, "key" + key));
                        assertThat(decision.reason()).isIn(WITHIN_LIMIT, OVER_LIMIT);
                        allowed.merge(key, decision.allowed() ? 1 : 0, Integer::sum);
                    }
                }
            }));
        }
        RedisCommands<String, String> operator = redis.commands();
        while (callers.stream().anyMatch(caller -> !caller.isDone())) {
            operator.scriptFlush();
            flushes.incrementAndGet();
        }
        for (Future<?> caller : callers) {
            caller.get();
        }
        assertThat(allowed).hasSizeGreaterThanOrEqualTo(keys);
        assertThat(allowed.values()).allMatch(count -> count <= 20);
        for (int key = 0; key < keys; key++) {
            assertThat(allowed).containsEntry(key, 20);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ALLOW", "DENY"})
    void aServerThatIsKilledUnderLoadDecidesAgainOnceItIsBack(StoreFailurePolicy policy) throws Exception {
        try (StoreLoad load = new StoreLoad(store(redis.connection(), policy, TIMEOUT), plenty())) {
            load.awaitReason(WITHIN_LIMIT);
            redis.kill();
            Decision without = load.awaitReason(STORE_UNAVAILABLE);
            assertThat(without.allowed()).isEqualTo(policy == ALLOW);
            redis.start();
            load.awaitReason(WITHIN_LIMIT);
        }
    }

    @Test
    void aServerThatIsFrozenUnderLoadKeepsNobody() throws Exception {
        ProcessHandle server = redis.process();
        try (StoreLoad load = new StoreLoad(store(redis.connection(), DENY, TIMEOUT), plenty())) {
            load.awaitReason(WITHIN_LIMIT);
            signal("STOP", server);
            try {
                load.awaitReason(STORE_UNAVAILABLE);
            } finally {
                signal("CONT", server);
            }
            load.awaitReason(WITHIN_LIMIT);
        }
    }

    @Test
    void whatAFrozenServerGrantsTooLateIsGivenBack() throws Exception {
        ProcessHandle server = redis.process();
        LimiterStore store = store(redis.connection(), DENY, TIMEOUT);
        Limit limit = Limit.of(10, DAY).withAlgorithm(Algorithm.SLIDING_WINDOW);
        AcquireRequest request = request(limit, "late");
        awaitAnswer(store);
        signal("STOP", server);
        try {
            assertThat(store.acquire(request).reason()).isEqualTo(STORE_UNAVAILABLE);
        } finally {
            signal("CONT", server);
        }
        // Behind the late answer, on the same connection.
        redis.connection()
                .ask(commands -> commands.ping())
                .toCompletableFuture()
                .join();
        LimiterStore plain = new RedisLimiterStore(redis.connection(), "");
        Await.until(
                "the permit is back", () -> plain.peek(request.claims().get(0)).remaining() == 10);
    }

    @Test
    void aConnectionThatWasClosedIsOpenedAgain() throws Exception {
        TcpRelay relay = relay();
        LimiterStore store = store(through(relay), DENY, TIMEOUT);
        awaitAnswer(store);
        relay.disconnect();
        awaitAnswer(store);
    }

    @Test
    void aConnectionThatWasCutUnnoticedIsGivenUpForANewOne() throws Exception {
        TcpRelay relay = relay();
        try (StoreLoad load = new StoreLoad(store(through(relay), DENY, TIMEOUT), plenty())) {
            load.awaitReason(WITHIN_LIMIT);
            relay.silence();
            load.awaitReason(STORE_UNAVAILABLE);
            relay.heal();
            load.awaitReason(WITHIN_LIMIT);
        }
    }

    @Test
    void aConnectionThatWasCutUnnoticedWhileItOpenedIsGivenUpForANewOne() throws Exception {
        TcpRelay relay = relay();
        relay.silence();
        LimiterStore store = store(connection(RedisURI.create("127.0.0.1", relay.port())), DENY, TIMEOUT);
        assertThat(store.acquire(plenty()).reason()).isEqualTo(STORE_UNAVAILABLE);
        Await.until("the relay has let the connection in", relay::isInUse);
        relay.heal();
        awaitAnswer(store);
    }

    @Test
    void aNetworkThatIsSlowForAWhileKeepsNobody() throws Exception {
        TcpRelay relay = relay();
        try (StoreLoad load = new StoreLoad(store(through(relay), ALLOW, TIMEOUT), plenty())) {
            load.awaitReason(WITHIN_LIMIT);
            relay.delay(Duration.ofSeconds(1));
            assertThat(load.awaitReason(STORE_UNAVAILABLE).allowed()).isTrue();
            relay.delay(Duration.ZERO);
            load.awaitReason(WITHIN_LIMIT);
        }
    }

    @Test
    void aServerThatTakesNoMoreWritesIsToldOfOnceAndAskedAgainWhenItDoes() {
        StoreLog log = new StoreLog();
        opened.add(log::close);
        RedisCommands<String, String> operator = redis.commands();
        FailSafeStore store = failSafe(redis.connection(), DENY, LONG_TIMEOUT);
        try (StoreLoad load = new StoreLoad(store, plenty())) {
            load.awaitReason(WITHIN_LIMIT);
            operator.configSet("maxmemory", "1"); // and nothing may be evicted
            load.awaitReason(STORE_UNAVAILABLE);
            Await.until("callers have left it alone", () -> !store.available());
            long before = scriptCalls(operator);
            Await.until("it has been probed", () -> scriptCalls(operator) >= before + 3);
            assertThat(store.available()).isFalse();
            assertThat(log.lines()).singleElement().asString().contains("OOM");
            operator.configSet("maxmemory", "0");
            load.awaitReason(WITHIN_LIMIT);
        }
        assertThat(log.lines()).hasSize(2);
        assertThat(operator.keys("*")).allMatch(key -> operator.pttl(key) > 0);
    }

    private static long scriptCalls(RedisCommands<String, String> operator) {
        Matcher matcher = Pattern.compile("cmdstat_eval(sha)?:calls=(\\d+)").matcher(operator.info("commandstats"));
        return matcher.results()
                .mapToLong(result -> Long.parseLong(result.group(2)))
                .sum();
    }

    @ParameterizedTest
    @EnumSource
    void aKeyOfSomebodyElseUnderOurNameIsLeftAloneAndAffectsNoOther(Algorithm algorithm) {
        Limit limit = Limit.of(1000, DAY).withAlgorithm(algorithm);
        RedisCommands<String, String> operator = redis.commands();
        operator.rpush("fault:{list}", "theirs");
        operator.set("fault:{text}", "theirs");
        operator.zadd("fault:{set}", 1, "theirs");
        operator.hset("fault:{hash}", "theirs", "theirs");
        List<String> keys = operator.keys("*");
        List<byte[]> before = keys.stream().map(operator::dump).toList();
        FailSafeStore store = failSafe(redis.connection(), DENY, LONG_TIMEOUT);
        for (int i = 0; i < 10; i++) {
            for (String key : List.of("list", "text", "set", "hash")) {
                Decision denied = store.acquire(request(limit, key));
                assertThat(denied.reason()).isEqualTo(STORE_UNAVAILABLE);
                assertThat(denied.allowed()).isFalse();
            }
            assertThat(store.available()).isTrue();
        }
        assertThat(store.acquire(request(limit, "ours")).reason()).isEqualTo(WITHIN_LIMIT);
        assertThat(keys.stream().map(operator::dump)).containsExactlyElementsOf(before);
    }

    @Test
    void whatABatchWasGrantedIsGivenBackIfAnotherPartOfItFails() {
        redis.commands().rpush("fault:{theirs}", "theirs");
        LimiterStore plain = new RedisLimiterStore(redis.connection(), "");
        Limit limit = Limit.of(10, DAY);
        List<AcquireRequest> batch = List.of(
                request(limit, "first"), request(limit, "first"), request(limit, "theirs"), request(limit, "last"));
        assertThat(plain.acquireAll(batch))
                .failsWithin(LONG_TIMEOUT)
                .withThrowableThat()
                .withCauseInstanceOf(UnusableBucketException.class);
        for (String key : List.of("first", "last")) {
            Claim claim = request(limit, key).claims().get(0);
            Await.until(
                    "the permits of " + key + " are back",
                    () -> plain.peek(claim).remaining() == 10);
        }
    }

    /** The last one first: a turn on which another stands stays. */
    @Test
    void turnsThatABatchWasGrantedAreGivenBackIfAnotherPartOfItFails() {
        redis.commands().rpush("fault:{theirs}", "theirs");
        LimiterStore plain = new RedisLimiterStore(redis.connection(), "");
        Limit limit = Limit.of(10, DAY);
        Claim all = new Claim(NAME, limit, "first", 10, 0);
        AcquireRequest turn = AcquireRequest.of(all.with("first", 1, DAY.toNanos()));
        assertThat(plain.acquireAll(List.of(AcquireRequest.of(all), turn, turn, request(limit, "theirs"), turn, turn)))
                .failsWithin(LONG_TIMEOUT)
                .withThrowableThat()
                .withCauseInstanceOf(UnusableBucketException.class);
        Await.until("all permits are back", () -> plain.peek(all).remaining() == 10);
    }

    private static RedisURI as(String user, String password, int port) {
        return RedisURI.builder()
                .withHost("127.0.0.1")
                .withPort(port)
                .withAuthentication(user, password.toCharArray())
                .build();
    }

    @Test
    void aUserWhoMayNotRunScriptsIsDecidedForUntilHeMay() {
        RedisCommands<String, String> operator = redis.commands();
        operator.aclSetuser(
                "app",
                new AclSetuserArgs()
                        .on()
                        .addPassword("secret")
                        .allKeys()
                        .allCommands()
                        .removeCategory(AclCategory.SCRIPTING));
        RedisConnection connection = connection(as("app", "secret", redis.port()));
        LocalRedis.connected(connection);
        LimiterStore store = store(connection, DENY, LONG_TIMEOUT);
        for (int i = 0; i < 20; i++) {
            assertThat(store.acquire(plenty()).reason()).isEqualTo(STORE_UNAVAILABLE);
        }
        operator.aclSetuser("app", new AclSetuserArgs().allCommands());
        awaitAnswer(store);
    }

    @Test
    void aWrongPasswordIsToldByItsNameAndTriedAgain() {
        RedisCommands<String, String> operator = redis.commands();
        operator.aclSetuser(
                "app", new AclSetuserArgs().on().addPassword("right").allKeys().allCommands());
        FailSafeStore store = failSafe(connection(as("app", "wrong", redis.port())), DENY, LONG_TIMEOUT);
        assertThat(store.acquire(plenty()).reason()).isEqualTo(STORE_UNAVAILABLE);
        Await.until("the failure tells of the password", () -> {
            Throwable failure = store.failure();
            return failure != null && failure.getMessage().contains("WRONGPASS");
        });
        operator.aclSetuser("app", new AclSetuserArgs().addPassword("wrong"));
        awaitAnswer(store);
    }

    /** The second caller comes while the first one looks at the clock. */
    @Test
    void aConnectionThatWasIdleIsNotTakenForASilentOne() {
        AtomicLong now = new AtomicLong(-5_000_000_000L);
        AtomicInteger looks = new AtomicInteger(Integer.MIN_VALUE);
        AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
        RedisClient client = LocalRedis.client(RedisURI.create("127.0.0.1", redis.port()));
        opened.add(() -> client.shutdown(0, 0, TimeUnit.SECONDS));
        RedisConnection connection = new RedisConnection(client, () -> {
            if (looks.incrementAndGet() == 2) {
                meanwhile.get().run();
            }
            return now.get();
        });
        opened.add(connection);
        LocalRedis.connected(connection);
        connection.ask(RedisClusterAsyncCommands::ping).toCompletableFuture().join();

        now.addAndGet(TimeUnit.MINUTES.toNanos(1));
        List<CompletionStage<String>> answers = new ArrayList<>();
        meanwhile.set(() -> answers.add(connection.ask(RedisClusterAsyncCommands::ping)));
        looks.set(0);
        answers.add(connection.ask(RedisClusterAsyncCommands::ping));
        assertThat(answers)
                .hasSize(2)
                .allSatisfy(answer ->
                        assertThat(answer.toCompletableFuture().join()).isEqualTo("PONG"));
    }

    @Test
    void aServerThatComesUpAfterItsApplicationIsFound() {
        redis.stop();
        LimiterStore store = store(connection(RedisURI.create("127.0.0.1", redis.port())), DENY, TIMEOUT);
        for (int i = 0; i < 20; i++) {
            assertThat(store.acquire(plenty()).reason()).isEqualTo(STORE_UNAVAILABLE);
        }
        redis.start();
        awaitAnswer(store);
    }
}
