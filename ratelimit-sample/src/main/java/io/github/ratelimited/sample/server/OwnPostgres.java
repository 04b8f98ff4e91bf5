package io.github.ratelimited.sample.server;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.util.List;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/** A PostgreSQL on a free port of this machine, out of a Maven artifact; it keeps nothing. */
@Component
@Profile("postgres")
@UnlessConfigured({"spring.datasource.url", "spring.datasource.jndi-name"})
final class OwnPostgres implements JdbcConnectionDetails, OwnServer, AutoCloseable {

    private static final String USER = "postgres";

    private final EmbeddedPostgres server;

    OwnPostgres() {
        try {
            server = EmbeddedPostgres.start();
        } catch (IOException | RuntimeException noServer) {
            throw new IllegalStateException(
                    "The sample cannot start a PostgreSQL of its own here: " + noServer.getMessage()
                            + ". Start one, for example by docker compose up postgres, and add"
                            + " --spring.datasource.url=jdbc:postgresql://localhost/postgres"
                            + " --spring.datasource.username=postgres --spring.datasource.password=...",
                    noServer);
        }
    }

    @Override
    public String getUsername() {
        return USER;
    }

    @Override
    public String getPassword() {
        return USER; // it lets everybody in who is on this machine
    }

    @Override
    public String getJdbcUrl() {
        return "jdbc:postgresql://localhost:" + server.getPort() + "/postgres";
    }

    @Override
    public List<String> arguments() {
        return List.of(
                "--spring.datasource.url=" + getJdbcUrl(),
                "--spring.datasource.username=" + USER,
                "--spring.datasource.password=" + USER);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
