package io.github.ratelimited.store;

import io.github.ratelimited.TimeSource;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One question to a remote store, waited for only so long. Exactly one of {@link #answered}, {@link #failed} and
 * {@link #timedOut} is called, by whichever thread brings it about.
 */
abstract class TimedTrip<T> {

    private final AtomicBoolean over = new AtomicBoolean();
    private volatile @Nullable Future<?> alarm;

    /** The answer came in time. */
    abstract void answered(T answer);

    /** There will be no answer. */
    abstract void failed(Throwable cause);

    /** There is no answer yet; called by the timer. */
    abstract void timedOut(TimeoutException cause);

    /** The answer came after all, too late. */
    void late(T answer) {}

    /** Asks; {@code question} must not wait for the answer. */
    final void start(Supplier<? extends CompletionStage<T>> question, TimeSource time, Duration timeout) {
        CompletionStage<T> answer;
        try {
            answer = question.get();
        } catch (RuntimeException | Error failure) {
            over.set(true);
            failed(failure);
            return;
        }
        answer.whenComplete(this::arrive);
        if (!over.get()) {
            Future<?> scheduled = time.schedule(() -> giveUp(timeout), timeout.toNanos());
            alarm = scheduled;
            if (over.get()) { // the answer came before it could see the alarm
                scheduled.cancel(false);
            }
        }
    }

    private void arrive(@Nullable T answer, @Nullable Throwable failure) {
        if (over.compareAndSet(false, true)) {
            Future<?> scheduled = alarm;
            if (scheduled != null) {
                scheduled.cancel(false);
            }
            if (answer == null) {
                failed(failure == null ? new IllegalStateException("the answer is null") : cause(failure));
            } else {
                answered(answer);
            }
        } else if (answer != null) {
            late(answer);
        }
    }

    private void giveUp(Duration timeout) {
        if (over.compareAndSet(false, true)) {
            timedOut(new TimeoutException("no answer within " + timeout.toMillis() + "ms"));
        }
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }
}
