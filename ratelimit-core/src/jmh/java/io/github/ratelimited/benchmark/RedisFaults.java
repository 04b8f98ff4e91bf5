package io.github.ratelimited.benchmark;

import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.FailSafeStore;
import io.github.ratelimited.store.MergingStore;
import io.github.ratelimited.store.RememberedDenials;
import io.github.ratelimited.store.StoreFailurePolicy;
import io.github.ratelimited.store.TcpRelay;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.store.redis.FlushTogether;
import io.github.ratelimited.store.redis.LocalRedis;
import io.github.ratelimited.store.redis.LocalSentinel;
import io.github.ratelimited.store.redis.RedisConnection;
import io.github.ratelimited.store.redis.RedisLimiterStore;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What callers see of each fault of a server of this machine, as a table: three seconds of load without it, two with it, and
 * what comes after. Arguments: names of faults, else all.
 */
public final class RedisFaults {

    private static final Duration TIMEOUT = Duration.ofMillis(100);
    private static final long SECOND = 1000;

    private RedisFaults() {}

    /** What goes wrong for two seconds. Each ends with the moment at which it was over. */
    private enum Fault {
        KILLED_AND_RESTARTED("kill -9, restarted empty") {
            @Override
            long happen(Servers servers) throws Exception {
                servers.redis.kill();
                Thread.sleep(2 * SECOND);
                servers.redis.start();
                return System.nanoTime();
            }
        },
        FROZEN("frozen (SIGSTOP)") {
            @Override
            long happen(Servers servers) throws Exception {
                ProcessHandle server = servers.redis.process();
                signal("STOP", server);
                Thread.sleep(2 * SECOND);
                signal("CONT", server);
                return System.nanoTime();
            }
        },
        CUT("connection cut, nobody told") {
            @Override
            long happen(Servers servers) throws Exception {
                servers.relay.silence();
                Thread.sleep(2 * SECOND);
                servers.relay.heal();
                return System.nanoTime();
            }
        },
        SLOW("network slower by 300 ms") {
            @Override
            long happen(Servers servers) throws Exception {
                servers.relay.delay(Duration.ofMillis(300));
                Thread.sleep(2 * SECOND);
                servers.relay.delay(Duration.ZERO);
                return System.nanoTime();
            }
        },
        SCRIPTS_FLUSHED("SCRIPT FLUSH, 20 a second") {
            @Override
            long happen(Servers servers) throws Exception {
                RedisCommands<String, String> operator = servers.redis.commands();
                for (int i = 0; i < 40; i++) {
                    operator.scriptFlush();
                    Thread.sleep(50);
                }
                return System.nanoTime();
            }
        },
        FAILED_OVER("kill -9, replica promoted") {
            @Override
            long happen(Servers servers) throws Exception {
                servers.redis.kill();
                while (!isMaster(servers.replica)) {
                    Thread.sleep(20);
                }
                return System.nanoTime();
            }

            private static boolean isMaster(LocalRedis redis) {
                try {
                    return redis.commands().info("replication").contains("role:master");
                } catch (RedisException disconnected) { // as all are by the Sentinel
                    return false;
                }
            }
        },
        NO_WRITES("no memory left (OOM)") {
            @Override
            long happen(Servers servers) throws Exception {
                RedisCommands<String, String> operator = servers.redis.commands();
                operator.configSet("maxmemory", "1");
                Thread.sleep(2 * SECOND);
                operator.configSet("maxmemory", "0");
                return System.nanoTime();
            }
        };

        final String shown;

        Fault(String shown) {
            this.shown = shown;
        }

        abstract long happen(Servers servers) throws Exception;

        static void signal(String name, ProcessHandle process) throws Exception {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        }
    }

    /** A server behind a network; where it is to fail over, one with a replica that a Sentinel watches. */
    private static final class Servers implements AutoCloseable {

        final LocalRedis redis = new LocalRedis();
        final TcpRelay relay = new TcpRelay(redis.port());
        final LocalRedis replica;
        final LocalSentinel sentinel;

        Servers(boolean failover) throws Exception {
            replica = failover
                    ? new LocalRedis(
                            "replicaof 127.0.0.1 " + redis.port(),
                            "repl-diskless-sync yes",
                            "repl-diskless-sync-delay 0")
                    : null;
            sentinel = failover ? new LocalSentinel(redis) : null;
            if (failover) {
                sentinel.awaitReplica();
            }
        }

        RedisURI uri() {
            return sentinel == null
                    ? RedisURI.create("127.0.0.1", relay.port())
                    : RedisURI.Builder.sentinel("127.0.0.1", sentinel.port(), LocalSentinel.MASTER)
                            .build();
        }

        @Override
        public void close() throws Exception {
            relay.close();
            if (sentinel != null) {
                sentinel.close();
                replica.close();
            }
            redis.close();
        }
    }

    public static void main(String[] args) throws Exception {
        List<Fault> faults = args.length == 0
                ? List.of(Fault.values())
                : Arrays.stream(args).map(Fault::valueOf).toList();
        System.out.println("| fault | policy | longest call, ms | above the limit | denied without cause | exceptions"
                + " | decided by policy | recovered after, ms |\n|---|---|---|---|---|---|---|---|");
        for (Fault fault : faults) {
            for (StoreFailurePolicy policy : StoreFailurePolicy.values()) {
                run(fault, policy);
            }
        }
        System.exit(0);
    }

    /** The store as an application has it. */
    private static void run(Fault fault, StoreFailurePolicy policy) throws Exception {
        TimeSource time = TimeSource.system();
        RedisClient client = RedisClient.create(); // for its resources
        try (Servers servers = new Servers(fault == Fault.FAILED_OVER)) {
            RedisClient own = RedisClient.create(FlushTogether.by(client.getResources()), servers.uri());
            own.setOptions(ClientOptions.builder().autoReconnect(false).build());
            try (RedisConnection connection = new RedisConnection(own, time)) {
                LocalRedis.connected(connection);
                FailSafeStore failSafe = new FailSafeStore(
                        new MergingStore(new RedisLimiterStore(connection, "ratelimit:")),
                        "redis",
                        time,
                        TIMEOUT,
                        name -> policy,
                        new MemoryLimiterStore(time, 1000),
                        1);
                try (failSafe;
                        FaultLoad load = new FaultLoad(new RememberedDenials(failSafe, time, 10_000))) {
                    measure(fault, policy, servers, load);
                }
            }
            own.shutdown(0, 1, TimeUnit.SECONDS);
        }
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }

    private static void measure(Fault fault, StoreFailurePolicy policy, Servers servers, FaultLoad load)
            throws Exception {
        Thread.sleep(2 * SECOND); // code that is not compiled yet is slow, too
        load.nanosUntilDecision(System.nanoTime());
        Thread.sleep(SECOND);
        load.beginFault();
        long ended = fault.happen(servers);
        long recovered = load.nanosUntilDecision(ended);
        Thread.sleep(SECOND);
        load.close();
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %d | %d | %d | %d | %d | %d |%n",
                fault.shown,
                policy.name().toLowerCase(Locale.ROOT),
                load.longestMillis(),
                load.aboveLimit(),
                load.denials(),
                load.exceptions(),
                load.byPolicy(),
                recovered / 1_000_000);
    }
}
