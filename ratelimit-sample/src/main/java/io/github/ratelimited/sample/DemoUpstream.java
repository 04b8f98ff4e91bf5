package io.github.ratelimited.sample;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A server on this machine that answers every request with 200 after 50 ms, so that the demo needs no network. */
final class DemoUpstream implements AutoCloseable {

    private static final int NO_BODY = -1;

    private final HttpServer server;

    private DemoUpstream(HttpServer server) {
        this.server = server;
    }

    static DemoUpstream start() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", DemoUpstream::answer);
            server.setExecutor(CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS));
            server.start();
            return new DemoUpstream(server);
        } catch (IOException noServer) {
            throw new UncheckedIOException("The demo upstream does not start", noServer);
        }
    }

    private static void answer(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, NO_BODY);
        exchange.close();
    }

    /** The URL of a path on this server; a URL that names its own host stays as it is. */
    URI resolve(URI url) {
        InetSocketAddress address = server.getAddress();
        return URI.create("http://" + address.getHostString() + ":" + address.getPort())
                .resolve(url);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
