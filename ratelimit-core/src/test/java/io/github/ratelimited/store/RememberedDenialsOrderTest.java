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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two callers of an empty bucket ask while a third one's permits come back, in all orders of questions, of their arrival
 * at the store and of that of the answers here. Whoever asks after the permits came back must not be told of before.
 */
class RememberedDenialsOrderTest {

    private static final LimitName NAME = LimitName.of("a");
    private static final Limit LIMIT = Limit.of(2, Duration.ofDays(1));

    /** How permits come back to a bucket. */
    enum Return {
        REFUND,
        GIFT,
        RESET
    }

    @ParameterizedTest
    @EnumSource
    void aDenialOfBeforePermitsCameBackIsToldToNobodyWhoAsksAfterwards(Return comesBack) {
        int orders = Orders.playAll(() -> new Callers(comesBack));
        System.out.println("figure: orders of remembered denials and a " + comesBack + " = " + orders);
        assertThat(orders).isEqualTo(1680);
    }

    private static final class Callers implements World {

        private final MutableTimeSource time = new MutableTimeSource();
        private final WiredStore remote = new WiredStore(time);
        private final RememberedDenials store = new RememberedDenials(remote, time, 100);
        private final AcquireRequest both = request(2);
        private final Decision taken = remote.memory().acquire(both);
        private final Return comesBack;
        private boolean isBack;

        Callers(Return comesBack) {
            this.comesBack = comesBack;
        }

        private static AcquireRequest request(long cost) {
            return AcquireRequest.of(new Claim(NAME, LIMIT, "key", cost, 0));
        }

        @Override
        public List<List<Step>> actors() {
            Caller ann = new Caller();
            Caller bob = new Caller();
            return List.of(
                    List.of(step("ann asks", ann::ask), step("ann is answered", ann::getAnswer)),
                    List.of(step("bob asks", bob::ask), step("bob is answered", bob::getAnswer)),
                    List.of(step("permits come back", this::comeBack)),
                    List.of(
                            step("something arrives", remote::arrive),
                            step("something arrives", remote::arrive),
                            step("something arrives", remote::arrive)));
        }

        private void comeBack() {
            isBack = true;
            switch (comesBack) {
                case REFUND -> store.refund(both, taken);
                case GIFT -> store.giveBack(both.claims().get(0));
                case RESET -> store.reset(NAME, "key");
            }
        }

        private final class Caller {

            private @Nullable CompletableFuture<Decision> answer;
            private @Nullable Question<?> question;

            void ask() {
                int before = remote.asked().size();
                answer = store.acquireAsync(request(1)).toCompletableFuture();
                if (remote.asked().size() > before) {
                    question = remote.asked().get(before);
                } else {
                    assertThat(isBack)
                            .as("permits came back before it was denied without a trip")
                            .isFalse();
                    assertThat(answer.join().allowed()).isFalse();
                }
            }

            void getAnswer() {
                if (question != null) {
                    remote.answer(question);
                }
            }
        }

        /** Two permits are back, of which the two callers have taken no more than one each. */
        @Override
        public void settle() {
            List<Question<?>> asked = remote.asked();
            asked.forEach(remote::answer);
            remote.arriveAll();
            long left = remote.memory().peek(request(1).claims().get(0)).remaining();
            CompletableFuture<Decision> last = store.acquireAsync(request(1)).toCompletableFuture();
            if (left > 0) {
                assertThat(remote.asked()).as("trips").hasSize(asked.size() + 1);
            }
            remote.asked().forEach(remote::answer);
            assertThat(last.join().allowed()).as("there are " + left).isEqualTo(left > 0);
        }
    }
}
