package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** The thread that brings a remote store's answer is the store's: what users do with it is done elsewhere. */
class AnswerThreadTest {

    private final MutableTimeSource clock = new MutableTimeSource();
    private final Queue<Runnable> elsewhere = new ArrayDeque<>();
    private final FakeRemoteStore remote = new FakeRemoteStore(clock);
    private final Admission admission = new Admission(remote, new TimeSource() {
        @Override
        public long nanoTime() {
            return clock.nanoTime();
        }

        @Override
        public Executor executor() {
            return elsewhere::add;
        }
    });

    private CompletableFuture<Decision> ask() {
        AcquireRequest one =
                AcquireRequest.of(new Claim(LimitName.of("mail"), Limit.of(1, Duration.ofSeconds(1)), null, 1, 0));
        remote.hold();
        CompletableFuture<Decision> asked = admission.admitAsync(one);
        remote.letThrough();
        return asked;
    }

    private void assertCompletedElsewhere(CompletableFuture<Decision> asked) {
        assertThat(asked).isNotDone();
        elsewhere.remove().run();
        assertThat(asked).isDone();
    }

    @Test
    void isNotHeldByWhoIsAllowed() {
        assertCompletedElsewhere(ask());
    }

    @Test
    void isNotHeldByWhoIsDenied() {
        remote.acquire(
                AcquireRequest.of(new Claim(LimitName.of("mail"), Limit.of(1, Duration.ofSeconds(1)), null, 1, 0)));
        assertCompletedElsewhere(ask());
    }

    @Test
    void isNotHeldByWhoIsToldOfAFailure() {
        remote.fail(new IllegalStateException("broken"));
        assertCompletedElsewhere(ask());
    }
}
