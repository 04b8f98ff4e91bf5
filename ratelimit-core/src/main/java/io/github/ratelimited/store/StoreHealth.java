package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether a remote store is worth a trip: the circuit breaker around it. Too many failures in a row and it is not; then
 * a probe in the background, never a caller, finds out when it answers again.
 */
final class StoreHealth {

    /** Failures in a row after which the store is not asked any more. */
    static final int FAILURES = 5;

    /** How long until it is probed, and probed again. */
    static final Duration PROBE = Duration.ofMillis(500);

    /** Of the probes alone: more than they ask for, and back in no time, so that nothing of it stays in the store. */
    private static final Limit PROBED = Limit.of(1_000_000, Duration.ofSeconds(1));

    private static final Logger log = System.getLogger(FailSafeStore.class.getName());

    private final LimiterStore remote;
    private final String storeName;
    private final TimeSource time;
    private final Timeouts timeouts;

    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicBoolean probing = new AtomicBoolean();

    /** The limits, alone or together, of which it was told that one of their buckets cannot be used. */
    private final Set<List<LimitName>> unusable = ConcurrentHashMap.newKeySet();

    /** Why the store is not asked; {@code null} = it is. */
    private volatile @Nullable Throwable failure;

    private volatile @Nullable AcquireRequest failed;
    private long probes;
    private long failedAt;
    private @Nullable String told;
    private boolean toldAgain;
    private @Nullable Future<?> nextProbe;
    private boolean closed;

    StoreHealth(LimiterStore remote, String storeName, TimeSource time, Timeouts timeouts) {
        this.remote = remote;
        this.storeName = storeName;
        this.time = time;
        this.timeouts = timeouts;
    }

    @Nullable
    Throwable failure() {
        return failure;
    }

    /** What the log has said of it, or would say by now. */
    synchronized @Nullable String failureText() {
        return failure == null ? null : told;
    }

    void answered() {
        if (failures.get() != 0) {
            failures.set(0);
        }
    }

    void failed(Throwable cause, AcquireRequest request) {
        if (cause instanceof UnusableBucketException) {
            answered();
            tellOnce(cause, request);
            return;
        }
        failed = request;
        boolean noConnection = cause instanceof StoreUnavailableException;
        if (failures.incrementAndGet() >= FAILURES || noConnection) {
            open(cause, request);
        }
    }

    private void tellOnce(Throwable cause, AcquireRequest request) {
        List<Claim> claims = request.claims();
        if (unusable.add(claims.stream().map(Claim::name).toList())) {
            String names = claims.stream()
                    .map(claim -> "'" + claim.name().shown() + "'")
                    .collect(Collectors.joining(", "));
            log.log(
                    Level.WARNING,
                    "Store '" + storeName + "' has no usable bucket for a call of " + names + " ("
                            + withoutKeys(cause, request) + "); such calls do as on-store-failure says");
        }
    }

    private synchronized void open(Throwable cause, AcquireRequest request) {
        if (failure == null) {
            failure = cause;
            failedAt = time.nanoTime();
            told = withoutKeys(cause, request);
            toldAgain = false;
            log.log(
                    Level.WARNING,
                    "Store '" + storeName + "' gives no answer (" + told
                            + "); until it does, limits do as on-store-failure says");
            scheduleProbe();
        }
    }

    /** A probe may find out more, such as why there was no connection; that is told once. */
    private synchronized void stillFailing(Throwable cause, AcquireRequest probe) {
        if (failure != null) {
            failure = cause;
            String text = withoutKeys(cause, probe);
            if (!toldAgain && !text.equals(told)) {
                toldAgain = true;
                log.log(Level.WARNING, "Store '" + storeName + "' still gives no answer (" + text + ")");
            }
            told = text;
        }
        scheduleProbe();
    }

    private synchronized void closeAgain() {
        if (failure != null) {
            failure = null;
            failures.set(0);
            log.log(
                    Level.INFO,
                    "Store '" + storeName + "' answers again after " + seconds(time.nanoTime() - failedAt) + "s");
        }
    }

    private static String seconds(long nanos) {
        return new BigDecimal(nanos / 100_000_000).movePointLeft(1).toString();
    }

    /** A driver may well quote what it was sent. */
    private static String withoutKeys(Throwable cause, AcquireRequest request) {
        String type = cause.getClass().getSimpleName();
        String message = cause.getMessage();
        if (message == null) {
            return type;
        }
        for (Claim claim : request.claims()) {
            String key = claim.key();
            if (key != null && !key.isEmpty()) {
                message = message.replace(key, "*");
            }
        }
        return type + ": " + message.replaceAll("\\s+", " ");
    }

    /** No more probes: nobody will ask. */
    synchronized void close() {
        closed = true;
        if (nextProbe != null) {
            nextProbe.cancel(false);
        }
    }

    private synchronized void scheduleProbe() {
        if (!closed) {
            nextProbe = time.schedule(this::probe, PROBE.toNanos());
        }
    }

    private void probe() {
        AcquireRequest unanswered = failed;
        // The store of the last probe may not even have let go of its thread.
        if (unanswered == null || !probing.compareAndSet(false, true)) {
            scheduleProbe();
            return;
        }
        AcquireRequest probe = probe(unanswered);
        new TimedTrip<Decision>(timeouts) {
            @Override
            void answered(Decision answer) {
                closeAgain();
            }

            @Override
            void failed(Throwable cause) {
                probing.set(false); // where there was no thread to ask by
                if (cause instanceof UnusableBucketException) {
                    closeAgain();
                } else {
                    stillFailing(cause, probe);
                }
            }

            @Override
            void timedOut(TimeoutException cause) {
                stillFailing(cause, probe);
            }
        }.start(() -> apart(() -> ask(probe), time.executor()));
    }

    /**
     * A call like that one, since a store that can be read may still take no writes, but at nobody's expense: by names
     * that no limit has. A store that keeps keys apart has the same ones to look at. Each has a name of its own, lest it
     * wait for the one before it.
     */
    private AcquireRequest probe(AcquireRequest unanswered) {
        LimitName name = LimitName.of("?" + probes++);
        return new AcquireRequest(unanswered.claims().stream()
                .map(claim -> claim.key() == null ? claim.name().id() : claim.key())
                .distinct()
                .map(key -> new Claim(name, PROBED, key, 1, 0))
                .toList());
    }

    private CompletionStage<Decision> ask(AcquireRequest probe) {
        try {
            return remote.acquireAsync(probe);
        } finally {
            probing.set(false);
        }
    }

    /** Asks by a thread of the executor, since a store may wait for the answer by the thread that asks. */
    static <T> CompletionStage<T> apart(Supplier<? extends CompletionStage<T>> question, Executor executor) {
        return CompletableFuture.supplyAsync(question, executor).thenCompose(answer -> answer);
    }
}
