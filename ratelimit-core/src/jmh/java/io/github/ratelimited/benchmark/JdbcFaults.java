package io.github.ratelimited.benchmark;

import com.zaxxer.hikari.HikariDataSource;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.FailSafeStore;
import io.github.ratelimited.store.MergingStore;
import io.github.ratelimited.store.RememberedDenials;
import io.github.ratelimited.store.StoreFailurePolicy;
import io.github.ratelimited.store.TcpRelay;
import io.github.ratelimited.store.jdbc.JdbcLimiterStore;
import io.github.ratelimited.store.jdbc.LocalPostgres;
import io.github.ratelimited.store.jdbc.TableName;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What callers see while things happen to the database, as a table. */
public final class JdbcFaults {

    private static final TableName TABLE = TableName.of("rate_limit");
    private static final Duration TIMEOUT = Duration.ofMillis(500);
    private static final long SECOND = 1000;

    private JdbcFaults() {}

    /** What goes wrong for two seconds. */
    private enum Fault {
        KILLED_AND_RESTARTED("kill -9, restarted") {
            @Override
            void happen(LocalPostgres server, TcpRelay network) throws Exception {
                server.kill();
                Thread.sleep(2 * SECOND);
                server.restart();
            }
        },
        FROZEN("frozen (SIGSTOP)") {
            @Override
            void happen(LocalPostgres server, TcpRelay network) throws Exception {
                server.freeze();
                Thread.sleep(2 * SECOND);
                server.thaw();
            }
        },
        CUT("connections cut, nobody told") {
            @Override
            void happen(LocalPostgres server, TcpRelay network) throws Exception {
                network.silence();
                Thread.sleep(2 * SECOND);
                network.heal();
            }
        },
        SLOW("network slower by 700 ms") {
            @Override
            void happen(LocalPostgres server, TcpRelay network) throws Exception {
                network.delay(Duration.ofMillis(700));
                Thread.sleep(2 * SECOND);
                network.delay(Duration.ZERO);
            }
        },
        ENDED("connections ended, 20 times a second") {
            @Override
            void happen(LocalPostgres server, TcpRelay network) throws Exception {
                for (int i = 0; i < 40; i++) {
                    server.endConnections();
                    Thread.sleep(50);
                }
            }
        },
        LOCKED("all rows locked") {
            @Override
            void happen(LocalPostgres server, TcpRelay network) throws Exception {
                server.asked(
                        "SELECT pg_sleep(2) FROM (SELECT count(*) FROM (SELECT 1 FROM rate_limit FOR UPDATE) r) n");
            }
        };

        final String shown;

        Fault(String shown) {
            this.shown = shown;
        }

        abstract void happen(LocalPostgres server, TcpRelay network) throws Exception;
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
        try (LocalPostgres server = new LocalPostgres();
                TcpRelay network = new TcpRelay(server.port());
                HikariDataSource pool = LocalPostgres.pool(network.port());
                JdbcLimiterStore store =
                        new JdbcLimiterStore(pool, TABLE, "", time, TIMEOUT, JdbcLimiterStore.DEFAULT_THREADS);
                FailSafeStore failSafe = new FailSafeStore(
                        new MergingStore(store),
                        "jdbc",
                        time,
                        TIMEOUT,
                        name -> policy,
                        new MemoryLimiterStore(time, 1000),
                        1);
                FaultLoad load = new FaultLoad(new RememberedDenials(failSafe, time, 10_000))) {
            Thread.sleep(2 * SECOND); // code that is not compiled yet is slow, too
            load.nanosUntilDecision(System.nanoTime());
            Thread.sleep(SECOND);
            load.beginFault();
            fault.happen(server, network);
            long recovered = load.nanosUntilDecision(System.nanoTime());
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
}
