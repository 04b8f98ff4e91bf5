package io.github.ratelimited.store.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A PostgreSQL with our table that things can happen to. */
public final class LocalPostgres implements AutoCloseable {

    private static final TableName TABLE = TableName.of("rate_limit");

    private final EmbeddedPostgres server;
    private final List<String> command = new ArrayList<>();
    private ProcessHandle process;
    private Process restarted;

    public LocalPostgres() throws Exception {
        // Else the table itself may be forgotten when the server is killed.
        server = EmbeddedPostgres.builder()
                .setServerConfig("synchronous_commit", "on")
                .start();
        try (Connection connection = DriverManager.getConnection(url(port()));
                Statement statement = connection.createStatement()) {
            statement.execute(JdbcSchema.script(connection.getMetaData(), TABLE));
        }
        Path data = Path.of(asked("SHOW data_directory"));
        process = ProcessHandle.of(Long.parseLong(
                        Files.readAllLines(data.resolve("postmaster.pid")).get(0)))
                .orElseThrow();
        if (System.getProperty("user.name").equals("root")) {
            command.addAll(List.of("unshare", "-U")); // as which the server would not start
        }
        command.add(process.info().command().orElseThrow());
        command.addAll(List.of(process.info().arguments().orElseThrow()));
    }

    public int port() {
        return server.getPort();
    }

    private static String url(int port) {
        return "jdbc:postgresql://localhost:" + port + "/postgres?user=postgres";
    }

    /** As an application has it; behind that port is the server, or what leads there. */
    public static HikariDataSource pool(int port) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(url(port));
        return pool;
    }

    /** By a connection of an operator's own. */
    public String asked(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url(port()));
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }

    /** Ends the connections of all others. */
    public void endConnections() throws SQLException {
        asked("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                + " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
    }

    private boolean answers() {
        try {
            return asked("SELECT 1").equals("1");
        } catch (SQLException down) {
            return false;
        }
    }

    /** As by a power cut. */
    public void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** Until it answers. */
    public void restart() throws InterruptedException {
        while (!answers()) {
            if (restarted == null || !restarted.isAlive()) { // others of its processes may not be gone yet
                restarted = started(command);
            }
            Thread.sleep(20);
        }
        process = restarted.toHandle();
    }

    private static Process started(List<String> command) {
        try {
            return new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All of its processes, those of connections too. */
    public void freeze() throws Exception {
        signal("STOP");
    }

    public void thaw() throws Exception {
        signal("CONT");
    }

    private void signal(String name) throws Exception {
        List<String> kill = new ArrayList<>(List.of("kill", "-" + name));
        Stream.concat(Stream.of(process), process.descendants()).forEach(each -> kill.add(Long.toString(each.pid())));
        new ProcessBuilder(kill).start().waitFor();
    }

    @Override
    public void close() throws IOException {
        if (restarted != null) {
            restarted.destroy();
        }
        server.close();
    }
}
