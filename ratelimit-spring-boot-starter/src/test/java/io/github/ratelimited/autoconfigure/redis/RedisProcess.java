package io.github.ratelimited.autoconfigure.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import redis.embedded.RedisServer;
import redis.embedded.core.RedisServerBuilder;

/** A Redis server of this machine. */
public final class RedisProcess implements AutoCloseable {

    private final int port;
    private final RedisServer server;

    public RedisProcess(String... settings) {
        this(freePort(), settings);
    }

    RedisProcess(int port, String... settings) {
        this.port = port;
        try {
            RedisServerBuilder builder = RedisServer.newRedisServer()
                    .port(port)
                    .onShutdownForceStop(true)
                    .setting("save \"\"");
            for (String setting : settings) {
                builder.setting(setting);
            }
            server = builder.build();
            server.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    @Override
    public void close() {
        kill();
    }

    /** As by a power cut; it can be closed all the same. */
    void kill() {
        try {
            server.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
