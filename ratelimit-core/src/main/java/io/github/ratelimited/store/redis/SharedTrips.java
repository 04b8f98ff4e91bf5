package io.github.ratelimited.store.redis;

import io.github.ratelimited.Decision;
import io.github.ratelimited.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lets questions about different buckets share a trip under load: while as many trips as keep both sides busy are under
 * way, those who come wait for the next to return, and leave together. Who comes when it is calm leaves at once, and so
 * does who comes when nobody has left for a while; nobody waits for more than a moment, however far the server is. Trips
 * may overtake one another.
 */
final class SharedTrips {

    /** One that the server works on, and one that the client does. */
    static final int UNDER_WAY = 2;

    /** Of a server that is near, a trip takes about that long. */
    static final long PATIENCE = 200_000;

    /** Nobody who comes alone behind others waits for longer. */
    static final long LONGEST = 2_000_000;

    /** Requests in one trip: others of the server's clients wait as long as it takes. */
    static final int MOST = 256;

    private final Function<List<Question>, CompletionStage<List<Outcome>>> trip;
    private final TimeSource time;

    private final ConcurrentLinkedQueue<Question> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicBoolean alarmed = new AtomicBoolean();
    private volatile long lastLeft;

    /**
     * Trips.
     *
     * @param trip makes one for these questions, with what comes of each
     */
    SharedTrips(Function<List<Question>, CompletionStage<List<Outcome>>> trip, TimeSource time) {
        this.trip = trip;
        this.time = time;
    }

    /** What comes of a question: decisions, or why there are none. */
    record Outcome(List<Decision> decisions, @Nullable RuntimeException failure) {

        private void tell(Question question) {
            if (failure == null) {
                question.complete(decisions);
            } else {
                question.completeExceptionally(failure);
            }
        }
    }

    /** Requests for one bucket, and the future of what is decided on them. */
    static final class Question extends CompletableFuture<List<Decision>> {

        final List<List<RedisClaim>> requests;

        Question(List<List<RedisClaim>> requests) {
            this.requests = requests;
        }
    }

    CompletionStage<List<Decision>> ask(List<List<RedisClaim>> requests) {
        Question question = new Question(requests);
        waiting.add(question);
        letLeave();
        return question;
    }

    private void letLeave() {
        while (!waiting.isEmpty() && mayLeave()) {
            List<Question> together = together();
            if (together.isEmpty()) {
                underWay.decrementAndGet(); // another thread was quicker
            } else {
                asked(together).whenComplete((outcomes, failure) -> {
                    underWay.decrementAndGet();
                    try {
                        letLeave(); // before anybody is told: what they do next may take long
                    } finally {
                        tell(together, outcomes, failure);
                    }
                });
            }
        }
        if (!waiting.isEmpty() && alarmed.compareAndSet(false, true)) {
            time.schedule(this::onAlarm, LONGEST);
        }
    }

    private void onAlarm() {
        alarmed.set(false);
        letLeave();
    }

    private boolean mayLeave() {
        long now = time.nanoTime();
        while (true) {
            int trips = underWay.get();
            if (trips >= UNDER_WAY && now - lastLeft < PATIENCE) {
                return false;
            }
            if (underWay.compareAndSet(trips, trips + 1)) {
                lastLeft = now;
                return true;
            }
        }
    }

    private List<Question> together() {
        List<Question> together = new ArrayList<>();
        int requests = 0;
        for (Question next = waiting.poll(); next != null; next = requests < MOST ? waiting.poll() : null) {
            together.add(next);
            requests += next.requests.size();
        }
        return together;
    }

    private CompletionStage<List<Outcome>> asked(List<Question> together) {
        try {
            return trip.apply(together);
        } catch (RuntimeException | Error failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private static void tell(List<Question> together, @Nullable List<Outcome> outcomes, @Nullable Throwable failure) {
        for (int i = 0; i < together.size(); i++) {
            if (outcomes != null) {
                outcomes.get(i).tell(together.get(i));
            } else if (failure != null) {
                together.get(i).completeExceptionally(RedisConnection.unwrapped(failure));
            }
        }
    }
}
