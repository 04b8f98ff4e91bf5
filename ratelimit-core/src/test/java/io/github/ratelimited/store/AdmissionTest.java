package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class AdmissionTest {

    /** A store in another process that answers by that stage. */
    private record Remote(CompletionStage<Decision> answer) implements LimiterStore {

        @Override
        public CompletionStage<Decision> acquireAsync(AcquireRequest request) {
            return answer;
        }

        @Override
        public Decision acquire(AcquireRequest request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void refund(AcquireRequest request, Decision decision) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Decision peek(Claim claim) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void giveBack(Claim claim) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void reset(LimitName name, @Nullable String key) {
            throw new UnsupportedOperationException();
        }
    }

    private static @Nullable Throwable failureOf(CompletionStage<Decision> answer) {
        LimitName name = LimitName.of("api");
        Admission admission = new Admission(new Remote(answer), new MutableTimeSource());
        AtomicReference<@Nullable Throwable> seen = new AtomicReference<>();
        admission
                .admitAsync(AcquireRequest.of(new Claim(name, Limit.of(1, Duration.ofSeconds(1)), null, 1, 0)))
                .whenComplete((decision, failure) -> seen.set(failure));
        return seen.get();
    }

    @Test
    void aFailureOfARemoteStoreIsToldAsItIs() {
        IllegalStateException down = new IllegalStateException("down");
        assertThat(failureOf(CompletableFuture.failedFuture(down))).isSameAs(down);
        assertThat(failureOf(CompletableFuture.<Decision>failedFuture(down).thenApply(decision -> decision)))
                .isSameAs(down);
    }

    /** Nobody waits longer than the store has reserved for him, in whatever order its answers come. */
    @RepeatedTest(20)
    void whoseAnswerIsLateHasTheTurnThatWasReservedForHim() {
        long seed = ThreadLocalRandom.current().nextLong();
        MutableTimeSource time = new MutableTimeSource();
        FakeRemoteStore remote = new FakeRemoteStore(time);
        Admission admission = new Admission(remote, time);
        AcquireRequest request = AcquireRequest.of(
                new Claim(LimitName.of("api"), Limit.of(1, Duration.ofSeconds(1)), null, 1, Long.MAX_VALUE));
        remote.hold();
        List<CompletableFuture<Decision>> turns = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            turns.add(admission.admitAsync(request));
        }
        remote.letThroughShuffled(new Random(seed));
        for (int i = 0; i < 10; i++) {
            for (int j = 0; j < 10; j++) {
                assertThat(turns.get(j).isDone())
                        .as("seed %s, turn %s after %s s", seed, j, i)
                        .isEqualTo(j <= i);
            }
            time.advance(Duration.ofSeconds(1));
        }
    }
}
