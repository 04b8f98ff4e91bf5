package io.github.ratelimited.store;

import static io.github.ratelimited.store.Orders.step;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Orders.Step;
import io.github.ratelimited.store.Orders.World;
import io.github.ratelimited.store.WiredStore.Question;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Callers of one bucket join, and one of them gives up, while trips for it are under way, arrive, are answered and fail:
 * in all orders. Nobody is left without an answer, asked for twice or overtaken, and no permit is lost.
 */
class MergingStoreOrderTest {

    private static final Limit LIMIT = Limit.of(10_000, Duration.ofDays(1));

    @ParameterizedTest
    @ValueSource(longs = {1, 10, 100, 1000})
    void nobodyIsForgottenOrOvertakenAndNoPermitIsLostWhoeverGivesUp(long fickle) {
        int orders = Orders.playAll(() -> new Callers(fickle, false));
        System.out.println("figure: orders of merged callers of whom " + fickle + " gives up = " + orders);
        assertThat(orders).isEqualTo(3360);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 10, 100, 1000})
    void nobodyIsForgottenOrOvertakenAndNoPermitIsLostWhateverTripFails(long fickle) {
        int orders = Orders.playAll(() -> new Callers(fickle, true));
        System.out.println("figure: orders of a failing trip and callers of whom " + fickle + " gives up = " + orders);
        assertThat(orders).isEqualTo(3360);
    }

    private static final class Callers implements World {

        private final WiredStore remote = new WiredStore(new MutableTimeSource());
        private final MergingStore store = new MergingStore(remote);
        private final long fickle;
        private final boolean oneFails;
        private final List<Caller> inOrder = new ArrayList<>();

        Callers(long fickle, boolean oneFails) {
            this.fickle = fickle;
            this.oneFails = oneFails;
        }

        /** The cost tells who it is. */
        private final class Caller {

            private final AcquireRequest request;
            private @Nullable CompletableFuture<Decision> answer;
            private boolean isNotToBeAsked;

            Caller(long cost) {
                request = AcquireRequest.of(new Claim(LimitName.of("a"), LIMIT, "key", cost, 0));
            }

            void ask() {
                inOrder.add(this);
                answer = store.acquireAsync(request).toCompletableFuture();
                noTwoTripsAtOnce();
            }

            void giveUp() {
                isNotToBeAsked = answer.cancel(false) && !asked().contains(request);
            }

            long granted() {
                return answer.isCompletedExceptionally() ? 0 : answer.join().cost();
            }
        }

        @Override
        public List<List<Step>> actors() {
            List<List<Step>> actors = new ArrayList<>();
            for (long cost : new long[] {1, 10, 100, 1000}) {
                Caller caller = new Caller(cost);
                Step asks = step(cost + " asks", caller::ask);
                actors.add(cost == fickle ? List.of(asks, step(cost + " gives up", caller::giveUp)) : List.of(asks));
            }
            actors.add(List.of(
                    step("a trip arrives", remote::arrive),
                    oneFails ? step("it fails", this::fail) : step("it is answered", this::answer),
                    step("a trip is answered", this::answer)));
            return actors;
        }

        private @Nullable Question<?> underWay() {
            return remote.asked().stream()
                    .filter(Question::isUnderWay)
                    .findFirst()
                    .orElse(null);
        }

        private void answer() {
            Question<?> trip = underWay();
            if (trip != null) {
                remote.answer(trip);
                noTwoTripsAtOnce();
            }
        }

        private void fail() {
            Question<?> trip = underWay();
            if (trip != null) {
                remote.fail(trip, new IllegalStateException("broken"));
                noTwoTripsAtOnce();
            }
        }

        private void noTwoTripsAtOnce() {
            assertThat(remote.asked().stream().filter(Question::isUnderWay)).hasSizeLessThan(2);
        }

        @Override
        public void settle() {
            while (underWay() != null) {
                answer();
            }
            remote.arriveAll(); // what was given back
            assertThat(store.lines()).isZero();
            assertThat(inOrder).allMatch(caller -> caller.answer.isDone());
            assertThat(asked()).doesNotHaveDuplicates();
            assertThat(inOrder.stream().filter(caller -> !caller.isNotToBeAsked).map(caller -> caller.request))
                    .as("asked for in the order of arrival, but for who gave up before")
                    .containsExactlyElementsOf(asked());
            assertThat(taken())
                    .as("taken is what was granted, and what a trip took whose answer was lost")
                    .isEqualTo(inOrder.stream().mapToLong(Caller::granted).sum() + lost());
        }

        private List<AcquireRequest> asked() {
            return remote.asked().stream()
                    .flatMap(trip -> trip.requests().stream())
                    .toList();
        }

        private long lost() {
            return remote.asked().stream()
                    .filter(Question::isAnswerLost)
                    .flatMap(trip -> trip.requests().stream())
                    .mapToLong(request -> request.claims().get(0).cost())
                    .sum();
        }

        private long taken() {
            return LIMIT.burst()
                    - remote.memory()
                            .peek(inOrder.get(0).request.claims().get(0))
                            .remaining();
        }
    }
}
