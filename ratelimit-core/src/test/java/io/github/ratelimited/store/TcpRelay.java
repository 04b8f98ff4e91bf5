package io.github.ratelimited.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** A network in front of a server that can be cut, closed or made slow. */
public final class TcpRelay implements AutoCloseable {

    private final ServerSocket door;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();

    private volatile int serverPort;
    private volatile boolean silent;
    private volatile Duration delay = Duration.ZERO;

    public TcpRelay(int serverPort) throws IOException {
        this.serverPort = serverPort;
        this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        inBackground(this::letIn);
    }

    public int port() {
        return door.getLocalPort();
    }

    /** From now on nothing arrives, and nobody is told: what is open stays so, for good. */
    public void silence() {
        silent = true;
        links.forEach(link -> link.silent = true);
    }

    /** New connections work; those that were silenced do not. */
    public void heal() {
        silent = false;
    }

    /** How much later everything arrives. */
    public void delay(Duration delay) {
        this.delay = delay;
    }

    /** New connections go to that server, as if a name stood for another address from now on. */
    public void leadTo(int port) {
        serverPort = port;
    }

    /** Ends all connections; new ones work. */
    public void disconnect() {
        links.forEach(Link::close);
    }

    public boolean isInUse() {
        return !links.isEmpty();
    }

    private void letIn() {
        try {
            while (true) {
                letIn(door.accept());
            }
        } catch (IOException closed) {
            disconnect();
        }
    }

    private void letIn(Socket client) throws IOException {
        try {
            Link link = new Link(client);
            links.add(link);
            link.open();
        } catch (ConnectException serverIsDown) {
            client.close();
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        disconnect();
    }

    private static void inBackground(Runnable task) {
        Thread thread = new Thread(task, "tcp-relay");
        thread.setDaemon(true);
        thread.start();
    }

    private final class Link {

        private final Socket client;
        private final Socket server;
        private volatile boolean silent = TcpRelay.this.silent;

        Link(Socket client) throws IOException {
            this.client = client;
            this.server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
        }

        void open() {
            inBackground(() -> forward(client, server));
            inBackground(() -> forward(server, client));
        }

        private void forward(Socket from, Socket to) {
            byte[] buffer = new byte[1 << 16];
            try (InputStream in = from.getInputStream();
                    OutputStream out = to.getOutputStream()) {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    LockSupport.parkNanos(delay.toNanos());
                    if (!silent) {
                        out.write(buffer, 0, read);
                    }
                }
            } catch (IOException cut) {
                // by one of both sides, or by the test
            }
            close();
        }

        void close() {
            try (client;
                    server) {
                links.remove(this);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
