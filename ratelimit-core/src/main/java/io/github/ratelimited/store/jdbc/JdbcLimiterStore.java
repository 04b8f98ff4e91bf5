package io.github.ratelimited.store.jdbc;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Bucket;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.StoreUnavailableException;
import io.github.ratelimited.store.UnusableBucketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Counts in a table of a PostgreSQL, MySQL, MariaDB or H2 database, by the database's clock. A bucket is a row. Requests
 * for one bucket that is no sliding window, all of one cost and without a wait, are one statement where the database can
 * do that, which also asks for other buckets that are in demand at the moment; all else is one short transaction. Neither
 * is ever a part of a caller's transaction.
 *
 * <p>Has a timeout only for what has not begun: {@link io.github.ratelimited.store.FailSafeStore} has one for all.
 */
public final class JdbcLimiterStore implements LimiterStore, AutoCloseable {

    /** For what an operator asks for, and waits for. */
    private static final long PATIENCE_SECONDS = 10;

    /** The threads that ask, unless told otherwise. */
    public static final int DEFAULT_THREADS = 8;

    private final Database database;
    private final TimeSource time;
    private final String prefix;
    private @Nullable Cleaner cleaner;

    /**
     * A store.
     *
     * @param dataSource where connections come from; best a pool
     * @param table as its script makes it
     * @param prefix how all ids of its rows begin
     * @param timeout what has not begun after so long is not begun any more
     * @param maxThreads how many connections it uses at a time, and one more for cleaning
     * @throws IllegalArgumentException if {@code timeout} or {@code maxThreads} is not positive
     */
    public JdbcLimiterStore(
            DataSource dataSource, TableName table, String prefix, TimeSource time, Duration timeout, int maxThreads) {
        this(dataSource, table, prefix, time, timeout, maxThreads, null);
    }

    /** A store by another clock than the database's, for tests: SQL that gives nanoseconds since the epoch. */
    JdbcLimiterStore(
            DataSource dataSource,
            TableName table,
            String prefix,
            TimeSource time,
            Duration timeout,
            int maxThreads,
            @Nullable String clock) {
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout = " + timeout + " is not longer than zero");
        }
        if (maxThreads < 1) {
            throw new IllegalArgumentException("threads = " + maxThreads + " is not positive");
        }
        this.database = new Database(dataSource, table, clock, time, timeout, maxThreads);
        this.time = time;
        this.prefix = prefix;
    }

    /**
     * Deletes expired rows from now on, looking for them so often; one of all stores that share the table at a time.
     *
     * @throws IllegalArgumentException if {@code interval} is not positive
     */
    public synchronized void cleanEvery(Duration interval) {
        if (interval.isNegative() || interval.isZero()) {
            throw new IllegalArgumentException("cleanup-interval = " + interval + " is not longer than zero");
        }
        if (cleaner != null) {
            cleaner.close();
        }
        cleaner = new Cleaner(database, time, interval);
    }

    /**
     * Tries, by the caller's thread, all that will be done with the table, and leaves no trace of it.
     *
     * @throws io.github.ratelimited.InvalidRateLimitException if the database is not supported, or the table is missing,
     *     of another shape or not to be used; says how to mend it
     * @throws StoreUnavailableException if that cannot be told now: there is no connection, or the database is read-only
     */
    public void verify() {
        database.verify();
    }

    @Override
    public Claim claim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
        return new JdbcClaim(prefix, name, JdbcLimit.of(name, limit), key, cost, maxWaitNanos);
    }

    private List<JdbcClaim> claims(AcquireRequest request) {
        List<JdbcClaim> claims = new ArrayList<>(request.claims().size());
        for (Claim claim : request.claims()) {
            claims.add(known(claim));
        }
        return claims;
    }

    private JdbcClaim known(Claim claim) {
        return claim instanceof JdbcClaim known
                ? known
                : (JdbcClaim) claim(claim.name(), claim.limit(), claim.key(), claim.cost(), claim.maxWaitNanos());
    }

    @Override
    public Decision acquire(AcquireRequest request) {
        return await(acquireAsync(request));
    }

    @Override
    public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
        List<JdbcClaim> claims = claims(request);
        for (JdbcClaim claim : claims) {
            if (claim.aboveLimit()) {
                return peekAsync(claim);
            }
        }
        return decide(List.of(claims)).thenApply(decisions -> decisions.get(0));
    }

    /** One statement or transaction for each run of requests for the same buckets. */
    @Override
    public CompletionStage<List<Decision>> acquireAll(List<AcquireRequest> requests) {
        if (requests.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        List<Part> parts = new ArrayList<>();
        List<List<JdbcClaim>> run = new ArrayList<>();
        for (AcquireRequest request : requests) {
            List<JdbcClaim> claims = claims(request);
            boolean alone = claims.stream().anyMatch(Claim::aboveLimit);
            if (!run.isEmpty() && (alone || !areSameBuckets(run.get(0), claims))) {
                parts.add(new Part(run, decide(run).toCompletableFuture()));
                run = new ArrayList<>();
            }
            if (alone) {
                parts.add(new Part(
                        List.of(claims),
                        acquireAsync(request).thenApply(List::of).toCompletableFuture()));
            } else {
                run.add(claims);
            }
        }
        if (!run.isEmpty()) {
            parts.add(new Part(run, decide(run).toCompletableFuture()));
        }
        return parts.size() == 1 ? parts.get(0).answer : all(parts);
    }

    /** Requests for the same buckets, which are answered together. */
    private record Part(List<List<JdbcClaim>> requests, CompletableFuture<List<Decision>> answer) {}

    /** If one fails all do, and what the others were granted is given back: the last first, as its turn is the last. */
    private CompletionStage<List<Decision>> all(List<Part> parts) {
        return CompletableFuture.allOf(parts.stream().map(Part::answer).toArray(CompletableFuture[]::new))
                .whenComplete((done, failure) -> {
                    for (int i = parts.size(); failure != null && i > 0; i--) {
                        Part part = parts.get(i - 1);
                        if (!part.answer.isCompletedExceptionally()) {
                            giveBack(part.requests.get(0), part.answer.join());
                        }
                    }
                })
                .thenApply(done -> parts.stream()
                        .flatMap(part -> part.answer.join().stream())
                        .toList());
    }

    /** Gives back what requests for the same buckets were granted: the last first, as its turn is the last. */
    private void giveBack(List<JdbcClaim> claims, List<Decision> decisions) {
        List<Decision> granted = new ArrayList<>();
        for (int i = decisions.size(); i > 0; i--) {
            if (decisions.get(i - 1).takeRefund()) {
                granted.add(decisions.get(i - 1));
            }
        }
        if (granted.isEmpty()) {
            return;
        }
        database.submit(Job.of(
                claims.stream().map(claim -> claim.id).toList(),
                database.now(),
                (connection, table) -> new Transaction(connection, table).onExisting(claims, buckets -> {
                    granted.forEach(decision -> Bucket.refund(decision, buckets));
                    return true;
                })));
    }

    private static boolean areSameBuckets(List<JdbcClaim> some, List<JdbcClaim> others) {
        if (some.size() != others.size()) {
            return false;
        }
        for (int i = 0; i < some.size(); i++) {
            if (!some.get(i).id.equals(others.get(i).id)
                    || !some.get(i).limit().equals(others.get(i).limit())) {
                return false;
            }
        }
        return true;
    }

    /** What a statement has granted is given back if the transaction for the others fails, since all do then. */
    private CompletionStage<List<Decision>> decide(List<List<JdbcClaim>> requests) {
        DecideJob job = new DecideJob(requests, database.now());
        return database.submit(job).whenComplete((decisions, failure) -> {
            if (failure != null) {
                giveBack(requests.get(0), job.granted());
            }
        });
    }

    private CompletionStage<Bucket> read(JdbcClaim claim) {
        return database.submit(Job.of(List.of(claim.id), database.now(), (connection, table) -> {
            Table.Rows rows = table.read(connection, claim.id);
            Row row = rows.byId().get(claim.id);
            return row == null ? Bucket.full(claim.limit(), rows.now()) : row.open(claim.numbers, rows.now());
        }));
    }

    @Override
    public void refund(AcquireRequest request, Decision decision) {
        giveBack(claims(request), List.of(decision));
    }

    @Override
    public Decision peek(Claim claim) {
        return await(peekAsync(claim));
    }

    @Override
    public CompletionStage<Decision> peekAsync(Claim claim) {
        JdbcClaim known = known(claim);
        return read(known).thenApply(bucket -> bucket.peek(known));
    }

    @Override
    public void giveBack(Claim claim) {
        JdbcClaim known = known(claim);
        await(database.submit(Job.of(
                List.of(known.id),
                database.now(),
                (connection, table) -> new Transaction(connection, table).onExisting(List.of(known), opened -> {
                    Bucket bucket = opened.get(0);
                    if (bucket != null) {
                        bucket.giveBack(known.cost());
                    }
                    return true;
                }))));
    }

    @Override
    public void reset(LimitName name, @Nullable String key) {
        String id = BucketId.of(prefix, name, key);
        await(database.submit(Job.of(List.of(id), database.now(), (connection, table) -> {
            table.delete(connection, id);
            return true;
        })));
    }

    private static <T> T await(CompletionStage<T> answer) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return answer.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException failure) {
            Throwable cause = failure.getCause() == null ? failure : failure.getCause();
            if (cause instanceof UnusableBucketException unusable) {
                throw unusable;
            }
            throw cause instanceof StoreUnavailableException unavailable
                    ? unavailable
                    : new StoreUnavailableException("The database gave no answer: " + cause.getMessage(), cause);
        } catch (TimeoutException silent) {
            throw new StoreUnavailableException("The database has not answered for " + PATIENCE_SECONDS + " s", silent);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Ends its threads, once they have done what they are at. */
    @Override
    public synchronized void close() {
        if (cleaner != null) {
            cleaner.close();
        }
        database.close();
    }
}
