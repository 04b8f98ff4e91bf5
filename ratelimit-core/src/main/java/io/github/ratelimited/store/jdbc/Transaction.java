package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.store.Bucket;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A short transaction on the rows of some buckets, locked in the order of their ids. Rows that are missing are made
 * before it, each by a statement of its own: to lock what is not there would lock what is near it.
 */
final class Transaction {

    /** A row may go again before it can be locked, but not for ever. */
    private static final int MOST_TRIES = 10;

    private final Connection connection;
    private final Table table;

    Transaction(Connection connection, Table table) {
        this.connection = connection;
        this.table = table;
    }

    /** What there is to do with some buckets; {@code null} is one that has no row. Those that it changes are written. */
    @FunctionalInterface
    interface Deed<T> {
        T on(List<@Nullable Bucket> buckets);
    }

    /** What is done in a transaction. */
    @FunctionalInterface
    interface Body<T> {
        T run() throws SQLException;
    }

    /** With the buckets of these claims, in their order, all of which have rows then. */
    <T> T onAll(List<JdbcClaim> claims, Deed<T> deed) throws SQLException {
        List<JdbcClaim> missing = new ArrayList<>();
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            Optional<T> value = run(() -> {
                Table.Rows rows = locked(claims);
                missing.clear();
                claims.stream()
                        .filter(claim -> !rows.byId().containsKey(claim.id))
                        .forEach(missing::add);
                return missing.isEmpty() ? Optional.of(done(claims, rows, deed)) : Optional.empty();
            });
            if (value.isPresent()) {
                return value.get();
            }
            for (JdbcClaim claim : missing) {
                table.seed(connection, claim.id, claim.numbers);
            }
        }
        throw new SQLException("rows are deleted as fast as they are made");
    }

    /** With those of these buckets that have rows. */
    <T> T onExisting(List<JdbcClaim> claims, Deed<T> deed) throws SQLException {
        return run(() -> done(claims, locked(claims), deed));
    }

    private Table.Rows locked(List<JdbcClaim> claims) throws SQLException {
        return table.lock(
                connection, claims.stream().map(claim -> claim.id).sorted().toList());
    }

    private <T> T done(List<JdbcClaim> claims, Table.Rows rows, Deed<T> deed) throws SQLException {
        List<@Nullable Bucket> buckets = new ArrayList<>();
        long now = rows.now();
        for (JdbcClaim claim : claims) {
            Row row = rows.byId().get(claim.id);
            Bucket bucket = row == null ? null : row.open(claim.numbers, now);
            buckets.add(bucket);
        }
        T value = deed.on(buckets);
        List<Written> written = new ArrayList<>();
        for (int i = 0; i < claims.size(); i++) {
            Bucket bucket = buckets.get(i);
            if (bucket != null && bucket.hasChanged()) {
                written.add(new Written(claims.get(i).id, claims.get(i).numbers, bucket));
            }
        }
        if (!written.isEmpty()) {
            table.update(connection, written);
        }
        return value;
    }

    /** Runs it in a transaction: all of it is done, or nothing. */
    <T> T run(Body<T> body) throws SQLException {
        T value;
        try {
            table.dialect().readCommitted(connection);
            connection.setAutoCommit(false);
            value = body.run();
            connection.commit();
        } catch (Throwable failure) {
            try {
                connection.rollback();
                connection.setAutoCommit(true);
            } catch (Throwable another) {
                failure.addSuppressed(another);
                giveUp();
            }
            throw failure;
        }
        try {
            connection.setAutoCommit(true);
        } catch (SQLException | RuntimeException whatIsDoneIsDone) {
            giveUp();
        }
        return value;
    }

    /** What is done by the connection next would never be committed. */
    private void giveUp() throws SQLException {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException | RuntimeException | AbstractMethodError cannot) {
            connection.close();
        }
    }
}
