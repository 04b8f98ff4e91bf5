package io.github.ratelimited.store;

import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
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

    /** When it is given up; for {@link Timeouts}. */
    long deadline;

    private final Timeouts timeouts;

    TimedTrip(Timeouts timeouts) {
        this.timeouts = timeouts;
    }

    /** The answer came in time. */
    abstract void answered(T answer);

    /** There will be no answer. */
    abstract void failed(Throwable cause);

    /** There is no answer yet; called by the timer. */
    abstract void timedOut(TimeoutException cause);

    /** The answer came after all, too late. */
    void late(T answer) {}

    /** Asks; {@code question} must not wait for the answer. */
    final void start(Supplier<? extends CompletionStage<T>> question) {
        timeouts.add(this);
        CompletionStage<T> answer;
        try {
            answer = question.get();
        } catch (RuntimeException | Error failure) {
            arrive(null, failure);
            return;
        }
        answer.whenComplete(this::arrive);
    }

    private void arrive(@Nullable T answer, @Nullable Throwable failure) {
        if (!over.compareAndSet(false, true)) {
            if (answer != null) {
                late(answer);
            }
            return;
        }
        timeouts.remove(this);
        if (answer == null) {
            failed(failure == null ? new IllegalStateException("the answer is null") : cause(failure));
        } else {
            answered(answer);
        }
    }

    final void giveUp(TimeoutException cause) {
        if (over.compareAndSet(false, true)) {
            timedOut(cause);
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
