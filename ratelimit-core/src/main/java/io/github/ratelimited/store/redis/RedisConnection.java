package io.github.ratelimited.store.redis;

import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.StoreUnavailableException;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisReadOnlyException;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The one connection of a store, shared by all callers: opened in the background when it is first asked for, and again
 * when it was lost. Nobody waits for it: who comes while there is none is told so at once. A connection on which nothing
 * has been answered for long, though something was asked, is given up for a new one.
 */
public final class RedisConnection implements AutoCloseable {

    /** After so long without an answer a connection is taken to be cut. */
    private static final long SILENCE = 2_000_000_000L;

    /** An attempt that takes longer is given up for another: its packets may go nowhere. */
    private static final long LONGEST_ATTEMPT = 5_000_000_000L;

    /** A failed attempt is not repeated before. */
    private static final long PAUSE = 100_000_000L;

    /** For a connection to be closed. */
    private static final long LONGEST_END = 1_000_000_000L;

    private static final RedisCodec<String, byte[]> CODEC = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

    private final AbstractRedisClient client;
    private final TimeSource time;
    private final AtomicReference<@Nullable Attempt> current = new AtomicReference<>();
    private volatile boolean closed;

    /**
     * A connection by a client of standalone, replicated or clustered servers. So that nothing is ever asked twice, the
     * client must not repeat commands when it reconnects.
     */
    public RedisConnection(AbstractRedisClient client, TimeSource time) {
        this.client = client;
        this.time = time;
    }

    /** One try to connect, and the connection that came of it. */
    private static final class Attempt {

        private final long begun;
        private final @Nullable Throwable failureBefore;
        private final CompletableFuture<StatefulConnection<String, byte[]>> connection = new CompletableFuture<>();
        private final AtomicLong asked = new AtomicLong();
        private final AtomicLong answered = new AtomicLong();
        private final AtomicBoolean closing = new AtomicBoolean();
        private final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
        private volatile long lastAnswer;

        Attempt(long begun, @Nullable Throwable failureBefore) {
            this.begun = begun;
            this.failureBefore = failureBefore;
            this.lastAnswer = begun;
        }

        boolean isOpen() {
            return connection.isDone()
                    && !connection.isCompletedExceptionally()
                    && connection.join().isOpen();
        }

        /** Why there is no connection, as far as is known: of an attempt under way, what the one before it failed of. */
        @Nullable
        Throwable failure() {
            try {
                connection.getNow(null);
                return connection.isDone() ? null : failureBefore;
            } catch (CompletionException failed) {
                return failed.getCause();
            }
        }

        boolean isSilent(long now) {
            return asked.get() != answered.get() && now - lastAnswer > SILENCE;
        }

        /** Many may find at once that it is of no use. */
        CompletionStage<?> close() {
            if (closing.compareAndSet(false, true)) {
                connection
                        .handle((opened, failure) ->
                                opened == null ? CompletableFuture.<Void>completedFuture(null) : opened.closeAsync())
                        .thenCompose(closing -> closing)
                        .whenComplete((done, failure) -> end.complete(null));
            }
            return end;
        }
    }

    TimeSource time() {
        return time;
    }

    /** Whether keys can be on several nodes. */
    boolean isCluster() {
        return client instanceof RedisClusterClient;
    }

    /**
     * Asks for something.
     *
     * @return the answer; fails at once with {@link StoreUnavailableException} while there is no connection
     */
    <T> CompletionStage<T> ask(Function<RedisClusterAsyncCommands<String, byte[]>, CompletionStage<T>> question) {
        Attempt attempt = attempt();
        if (!attempt.isOpen()) {
            return CompletableFuture.failedFuture(noConnection(attempt));
        }
        if (attempt.asked.get() == attempt.answered.get()) {
            // The silence begins now: written before the question counts, lest another takes it for longer.
            attempt.lastAnswer = time.nanoTime();
        }
        attempt.asked.incrementAndGet();
        CompletionStage<T> answer;
        try {
            answer = question.apply(commands(attempt.connection.join()));
        } catch (RuntimeException | Error failure) {
            attempt.answered.incrementAndGet();
            return CompletableFuture.failedFuture(failure);
        }
        return answer.whenComplete((value, failure) -> {
            attempt.lastAnswer = time.nanoTime();
            attempt.answered.incrementAndGet();
            if (failure != null && isOfReplica(unwrapped(failure))) {
                attempt.close(); // it was a master, and another one is now
            }
        });
    }

    /** Before Redis 7, what is wrong with a command of a script stands within what is wrong with the script. */
    private static boolean isOfReplica(Throwable failure) {
        return failure instanceof RedisReadOnlyException
                || (failure instanceof RedisCommandExecutionException
                        && String.valueOf(failure.getMessage()).contains("-READONLY "));
    }

    /**
     * The connection, when it is there.
     *
     * @return fails with what the client says if it cannot be made
     */
    public CompletionStage<?> connect() {
        return attempt().connection;
    }

    private Attempt attempt() {
        Attempt known = current.get();
        long now = time.nanoTime();
        if (known != null && !needsAnother(known, now)) {
            return known;
        }
        Attempt next = new Attempt(now, known == null ? null : known.failure());
        if (!current.compareAndSet(known, next)) {
            return attempt();
        }
        if (known != null) {
            known.close();
        }
        open(next);
        return next;
    }

    private boolean needsAnother(Attempt attempt, long now) {
        if (!attempt.connection.isDone()) {
            return !closed && now - attempt.begun > LONGEST_ATTEMPT;
        }
        return attempt.isOpen() ? attempt.isSilent(now) : !closed && now - attempt.begun > PAUSE;
    }

    private void open(Attempt attempt) {
        Thread connecting = new Thread(
                () -> {
                    try {
                        attempt.connection.complete(connected());
                    } catch (Throwable failure) {
                        attempt.connection.completeExceptionally(failure);
                    }
                    if (closed) {
                        attempt.close();
                    }
                },
                "ratelimit-redis-connect");
        connecting.setDaemon(true);
        connecting.start();
    }

    private StatefulConnection<String, byte[]> connected() {
        return client instanceof RedisClusterClient cluster
                ? cluster.connect(CODEC)
                : ((RedisClient) client).connect(CODEC);
    }

    private static RedisClusterAsyncCommands<String, byte[]> commands(StatefulConnection<String, byte[]> connection) {
        return connection instanceof StatefulRedisClusterConnection<String, byte[]> cluster
                ? cluster.async()
                : ((StatefulRedisConnection<String, byte[]>) connection).async();
    }

    /** With the innermost cause, which tells a refused password from a refused connection. */
    private static StoreUnavailableException noConnection(Attempt attempt) {
        Throwable failure = attempt.failure();
        Throwable innermost = failure;
        while (innermost != null && innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        String why = innermost == null ? " yet" : ": " + innermost.getMessage();
        return new StoreUnavailableException("there is no connection to Redis" + why, failure);
    }

    static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure.getCause();
        return cause != null && (failure instanceof CompletionException || failure instanceof ExecutionException)
                ? unwrapped(cause)
                : failure;
    }

    /** Waits until it is closed, but not for one that is just being opened: the client may be shut down next. */
    @Override
    public void close() {
        closed = true;
        Attempt known = current.get();
        if (known == null) {
            return;
        }
        boolean isThere = known.connection.isDone();
        CompletionStage<?> end = known.close();
        if (isThere) {
            try {
                end.toCompletableFuture().get(LONGEST_END, TimeUnit.NANOSECONDS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException notClosed) {
                // The client closes what it still has.
            }
        }
    }
}
