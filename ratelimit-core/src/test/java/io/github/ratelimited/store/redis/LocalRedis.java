package io.github.ratelimited.store.redis;

import io.github.ratelimited.TimeSource;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import redis.embedded.RedisServer;
import redis.embedded.core.RedisServerBuilder;

/** A Redis server of this machine, and a connection to it as a store needs one. */
public final class LocalRedis implements AutoCloseable {

    private final int port = freePort();
    private final List<String> settings;
    private final RedisClient client;
    private final RedisConnection connection;
    private RedisServer server;

    /** With these lines in its configuration. */
    public LocalRedis(String... settings) {
        this.settings = List.of(settings);
        server = started();
        client = client(RedisURI.create("127.0.0.1", port));
        connection = new RedisConnection(client, TimeSource.system());
        connected(connection);
    }

    /** As a connection needs it, which reconnects by itself. */
    public static RedisClient client(RedisURI uri) {
        RedisClient client = RedisClient.create(uri);
        client.setOptions(ClientOptions.builder().autoReconnect(false).build());
        return client;
    }

    public static void connected(RedisConnection connection) {
        try {
            connection.connect().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException("the server does not let us in", e);
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private RedisServer started() {
        try {
            RedisServerBuilder builder =
                    RedisServer.newRedisServer().port(port).setting("save \"\"").setting("appendonly no");
            settings.forEach(builder::setting);
            RedisServer started = builder.build();
            started.start();
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    RedisConnection connection() {
        return connection;
    }

    /** What an operator would type. */
    public RedisCommands<String, String> commands() {
        return client.connect().sync();
    }

    void stop() {
        try {
            server.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The operating system's view of the server. */
    public ProcessHandle process() {
        String info = commands().info("server");
        long pid = info.lines()
                .filter(line -> line.startsWith("process_id:"))
                .mapToLong(line ->
                        Long.parseLong(line.substring("process_id:".length()).strip()))
                .findFirst()
                .orElseThrow();
        return ProcessHandle.of(pid).orElseThrow();
    }

    /** As by a power cut. */
    public void kill() {
        ProcessHandle process = process();
        process.destroyForcibly();
        process.onExit().join();
        stop(); // what embeds it has to be told
    }

    public void start() {
        server = started();
    }

    @Override
    public void close() {
        connection.close();
        client.shutdown(0, 0, TimeUnit.SECONDS);
        stop();
    }
}
