package io.github.ratelimited.store.redis;

import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.Await;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.sync.RedisAdvancedClusterCommands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import redis.embedded.Redis;
import redis.embedded.RedisServer;
import redis.embedded.RedisShardedCluster;

/** A cluster of three masters on this machine, and a connection to it. */
final class LocalCluster implements AutoCloseable {

    private static final int MASTERS = 3;

    /** Between a node's port and that by which nodes talk to each other. */
    private static final int BUS = 10_000;

    private final RedisShardedCluster cluster;
    private final RedisClusterClient client;
    private final RedisConnection connection;

    /** Its nodes keep their files in that directory. */
    LocalCluster(Path directory) {
        try {
            List<Redis> nodes = new ArrayList<>();
            Map<Integer, Set<Integer>> replicas = new HashMap<>();
            for (int port = 20_000; nodes.size() < MASTERS; port++) {
                if (isFree(port) && isFree(port + BUS)) {
                    nodes.add(node(port, directory));
                    replicas.put(port, Set.of());
                }
            }
            cluster = new RedisShardedCluster(nodes, replicas, Duration.ofSeconds(20));
            cluster.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int port : cluster.serverPorts()) {
            awaitWhole(port);
        }
        client = RedisClusterClient.create(RedisURI.create("127.0.0.1", cluster.getPort()));
        client.setOptions(ClusterClientOptions.builder().autoReconnect(false).build());
        connection = new RedisConnection(client, TimeSource.system());
        LocalRedis.connected(connection);
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port)) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }

    private static Redis node(int port, Path directory) throws IOException {
        return RedisServer.newRedisServer()
                .port(port)
                .setting("dir " + directory)
                .setting("save \"\"")
                .setting("appendonly no")
                .setting("cluster-enabled yes")
                .setting("cluster-config-file nodes-" + port + ".conf")
                .setting("cluster-node-timeout 30000")
                .build();
    }

    /** What starts the cluster waits for the slot of one key; the other nodes may still wait for each other. */
    private static void awaitWhole(int port) {
        RedisClient node = RedisClient.create(RedisURI.create("127.0.0.1", port));
        try (StatefulRedisConnection<String, String> connection = node.connect()) {
            Await.until(
                    "the node on port " + port + " sees the whole cluster",
                    () -> connection.sync().clusterInfo().contains("cluster_state:ok"));
        } finally {
            node.shutdown(0, 0, TimeUnit.SECONDS);
        }
    }

    RedisConnection connection() {
        return connection;
    }

    /** What an operator would type. */
    RedisAdvancedClusterCommands<String, String> commands() {
        return client.connect().sync();
    }

    @Override
    public void close() {
        connection.close();
        client.shutdown(0, 0, TimeUnit.SECONDS);
        try {
            cluster.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
