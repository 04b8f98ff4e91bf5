package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store at the other end of a wire: a test says when each question gets there, in their order, and when each answer
 * gets here.
 */
final class WiredStore implements LimiterStore {

    private final LimiterStore memory;
    private final List<Question<?>> sent = new ArrayList<>();

    WiredStore(TimeSource time) {
        this.memory = new MemoryLimiterStore(time, 1000);
    }

    /** One question, or deed, on its way there and back. */
    static final class Question<T> {

        private final List<AcquireRequest> requests;
        private final Supplier<T> deed;
        private final CompletableFuture<T> answer = new CompletableFuture<>();
        private @Nullable T done;
        private boolean isLost;

        private Question(List<AcquireRequest> requests, Supplier<T> deed) {
            this.requests = requests;
            this.deed = deed;
        }

        List<AcquireRequest> requests() {
            return requests;
        }

        boolean isUnderWay() {
            return !answer.isDone();
        }

        /** The store did what it was asked, and nobody knows. */
        boolean isAnswerLost() {
            return done != null && answer.isCompletedExceptionally();
        }

        private void arrive() {
            if (done == null && !isLost) {
                done = deed.get();
            }
        }
    }

    /** The store itself. */
    LimiterStore memory() {
        return memory;
    }

    /** All that was sent, in that order; of a deed nobody waits for the answer. */
    List<Question<?>> sent() {
        return sent;
    }

    /** Questions for decisions that were sent. */
    List<Question<?>> asked() {
        return sent.stream().filter(question -> !question.requests.isEmpty()).toList();
    }

    /** The next one gets there. */
    void arrive() {
        for (Question<?> question : sent) {
            if (question.done == null && !question.isLost) {
                question.arrive();
                return;
            }
        }
    }

    void arriveAll() {
        arrive(sent.size());
    }

    private void arrive(int count) {
        for (int i = 0; i < count; i++) {
            sent.get(i).arrive();
        }
    }

    /** The answer gets here; before that the question got there, as did all that were sent before it. */
    <T> void answer(Question<T> question) {
        if (question.isLost) {
            return;
        }
        arrive(sent.indexOf(question) + 1);
        question.answer.complete(question.done);
    }

    /** The question never gets there, unless it has. */
    void fail(Question<?> question, RuntimeException failure) {
        question.isLost = question.done == null;
        question.answer.completeExceptionally(failure);
    }

    private <T> Question<T> send(List<AcquireRequest> requests, Supplier<T> deed) {
        Question<T> question = new Question<>(requests, deed);
        sent.add(question);
        return question;
    }

    private void confirm(Runnable deed) {
        answer(send(List.of(), () -> {
            deed.run();
            return true;
        }));
    }

    @Override
    public Decision acquire(AcquireRequest request) {
        throw new AssertionError("this holds the thread");
    }

    @Override
    public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
        return send(List.of(request), () -> memory.acquire(request)).answer;
    }

    @Override
    public CompletionStage<List<Decision>> acquireAll(List<AcquireRequest> requests) {
        return send(requests, () -> requests.stream().map(memory::acquire).toList()).answer;
    }

    @Override
    public void refund(AcquireRequest request, Decision decision) {
        send(List.of(), () -> {
            memory.refund(request, decision);
            return true;
        });
    }

    @Override
    public Decision peek(Claim claim) {
        throw new AssertionError("nobody peeks");
    }

    @Override
    public void giveBack(Claim claim) {
        confirm(() -> memory.giveBack(claim));
    }

    @Override
    public void reset(LimitName name, @Nullable String key) {
        confirm(() -> memory.reset(name, key));
    }
}
