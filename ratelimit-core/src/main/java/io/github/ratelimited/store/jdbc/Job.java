package io.github.ratelimited.store.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Something to be done in the database for a caller who does not hold a thread for it. Jobs on the same bucket are done
 * one after the other, in the order in which they came.
 *
 * @param <T> what comes of it
 */
abstract class Job<T> {

    /** What is done by a connection that nobody else has, and on which each statement is committed by itself. */
    @FunctionalInterface
    interface Work<T> {
        T by(Connection connection, Table table) throws SQLException;
    }

    private final Collection<String> ids;
    private final long since;
    private final @Nullable Ask ask;
    private final CompletableFuture<T> outcome = new CompletableFuture<>();

    /** How many of its buckets somebody else is at, or waits for; guarded by the lock of who keeps the jobs. */
    int before;

    /**
     * A job.
     *
     * @param ids the buckets, each once
     * @param since when it came, by the clock of this process
     * @param ask a question by which it may be done, which can be asked together with others
     */
    Job(Collection<String> ids, long since, @Nullable Ask ask) {
        this.ids = ids;
        this.since = since;
        this.ask = ask;
    }

    /** A job that is some work. */
    static <T> Job<T> of(Collection<String> ids, long since, Work<T> work) {
        return new Job<>(ids, since, null) {
            @Override
            T by(Connection connection, Table table) throws SQLException {
                return work.by(connection, table);
            }
        };
    }

    final Collection<String> ids() {
        return ids;
    }

    final long since() {
        return since;
    }

    final @Nullable Ask ask() {
        return ask;
    }

    /** What comes of the answer to the question; {@code null} if there is more to do. */
    @Nullable
    T answered(Ask ask, Answer answer) {
        return null;
    }

    /** Does it, or what is left to do. */
    abstract T by(Connection connection, Table table) throws SQLException;

    final CompletableFuture<T> outcome() {
        return outcome;
    }

    /** Whether its answer is among these, and all that there is to do. */
    final boolean isDoneBy(Map<String, Answer> answers) {
        Answer answer = ask == null ? null : answers.get(ask.id());
        T value = ask == null || answer == null ? null : answered(ask, answer);
        if (value != null) {
            outcome.complete(value);
        }
        return value != null;
    }

    final void workOn(Connection connection, Table table) throws SQLException {
        outcome.complete(by(connection, table));
    }

    final void fail(Throwable failure) {
        outcome.completeExceptionally(failure);
    }
}
