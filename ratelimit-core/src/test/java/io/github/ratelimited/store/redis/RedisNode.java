package io.github.ratelimited.store.redis;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.FailSafeStore;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.MergingStore;
import io.github.ratelimited.store.RememberedDenials;
import io.github.ratelimited.store.StoreFailurePolicy;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** An instance of an application, in a process of its own: takes all it can get, and tells how much that was. */
final class RedisNode {

    private static final int THREADS = 4;

    private RedisNode() {}

    /**
     * Asks until it is denied, once a line comes from the standard input.
     *
     * @param args the server's port, the limit's permits, how often each thread asks
     */
    public static void main(String[] args) throws Exception {
        RedisClient client = LocalRedis.client(RedisURI.create("127.0.0.1", Integer.parseInt(args[0])));
        RedisConnection connection = new RedisConnection(client, TimeSource.system());
        LocalRedis.connected(connection);
        TimeSource time = TimeSource.system();
        LimiterStore store = new RememberedDenials(
                new FailSafeStore(
                        new MergingStore(new RedisLimiterStore(connection, "")),
                        "redis",
                        time,
                        Duration.ofSeconds(20),
                        name -> StoreFailurePolicy.ALLOW, // so that a call without an answer is one too many
                        new MemoryLimiterStore(time, 1000),
                        1),
                time,
                10_000);
        System.out.println("ready");
        if (System.in.read() < 0) {
            throw new IllegalStateException("nobody is there to begin");
        }
        ExecutorService executor = Executors.newFixedThreadPool(THREADS);
        for (Algorithm algorithm : Algorithm.values()) {
            AcquireRequest request = request(store, algorithm, Long.parseLong(args[1]));
            List<Future<Integer>> callers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                callers.add(executor.submit(() -> allowed(store, request, Integer.parseInt(args[2]))));
            }
            int allowed = 0;
            for (Future<Integer> caller : callers) {
                allowed += caller.get();
            }
            System.out.println(algorithm + " " + allowed);
        }
        executor.shutdown();
        connection.close();
        client.shutdown(0, 0, TimeUnit.SECONDS);
    }

    /** In a period that does not end meanwhile, and brings no permit back. */
    private static AcquireRequest request(LimiterStore store, Algorithm algorithm, long permits) {
        Limit limit = Limit.of(permits, Duration.ofDays(997)).withAlgorithm(algorithm);
        return AcquireRequest.of(store.claim(LimitName.of(algorithm.name()), limit, "shared", 1, 0));
    }

    private static int allowed(LimiterStore store, AcquireRequest request, int calls) {
        int allowed = 0;
        for (int i = 0; i < calls; i++) {
            allowed += store.acquire(request).allowed() ? 1 : 0;
        }
        return allowed;
    }
}
