package io.github.ratelimited.sample.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;
import redis.embedded.RedisServer;

/** A Redis on a free port of this machine, out of a Maven artifact; it keeps nothing. */
@Component
@Profile("redis")
@UnlessConfigured({
    "spring.data.redis.host",
    "spring.data.redis.port",
    "spring.data.redis.url",
    "spring.data.redis.sentinel.master",
    "spring.data.redis.cluster.nodes",
    "spring.data.redis.cluster.nodes[0]"
})
final class OwnRedis implements DataRedisConnectionDetails, OwnServer, AutoCloseable {

    private static final String HOST = "127.0.0.1";

    private final int port;
    private final RedisServer server;

    OwnRedis() {
        try {
            port = freePort();
            server = RedisServer.newRedisServer()
                    .port(port)
                    .bind(HOST)
                    .setting("save \"\"")
                    .onShutdownForceStop(true)
                    .build();
            server.start();
        } catch (IOException | RuntimeException noServer) {
            throw new IllegalStateException(
                    "The sample cannot start a Redis of its own here: " + noServer.getMessage()
                            + ". Start one, for example by docker compose up redis, and add --spring.data.redis.host=localhost",
                    noServer);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public Standalone getStandalone() {
        return Standalone.of(HOST, port);
    }

    @Override
    public List<String> arguments() {
        return List.of("--spring.data.redis.host=" + HOST, "--spring.data.redis.port=" + port);
    }

    @Override
    public void close() throws IOException {
        server.stop();
    }
}
