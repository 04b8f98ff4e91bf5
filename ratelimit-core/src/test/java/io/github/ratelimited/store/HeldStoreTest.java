package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitMode;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Nobody takes anything from a bucket that is held back who has not waited for that. */
class HeldStoreTest {

    private static final LimitName PARTNER = LimitName.of("partner");
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final MutableTimeSource time =
            new MutableTimeSource(Long.MAX_VALUE - Duration.ofSeconds(10).toNanos());
    private final LimitPolicies policies = new LimitPolicies();
    private final Holds holds = new Holds(policies, time);
    private final MemoryLimiterStore memory = new MemoryLimiterStore(time, 1_000);
    private final LimiterStore store = new HeldStore(memory, holds);

    private static Claim claim(String key, Duration maxWait) {
        return new Claim(PARTNER, Limit.of(5, MINUTE), key, 1, maxWait.toNanos());
    }

    private Decision ask(String key, Duration maxWait) {
        return store.acquire(AcquireRequest.of(claim(key, maxWait)));
    }

    @Test
    void whoMayNotWaitSoLongIsDeniedUntilItIsOver() {
        holds.hold(PARTNER, "held", MINUTE.toNanos());
        Decision denied = ask("held", MINUTE.minusNanos(1));
        assertThat(denied.allowed()).isFalse();
        assertThat(denied.reason()).isEqualTo(Reason.OVER_LIMIT);
        assertThat(denied.retryAfter()).isEqualTo(MINUTE);
        assertThat(store.tryAcquire(claim("held", Duration.ZERO))).isFalse();
        assertThat(store.peek(claim("held", Duration.ZERO)).allowed()).isFalse();
        assertThat(ask("other", Duration.ZERO).allowed()).isTrue();
        assertThat(ask("held", MINUTE).allowed()).as("who waits before it asks").isTrue();
        time.advance(MINUTE);
        assertThat(ask("held", Duration.ZERO).remaining())
                .as("a denial takes nothing")
                .isEqualTo(4);
    }

    @Test
    void aCallUnderSeveralLimitsWaitsNoLongerThanEachLetsIt() {
        LimitName other = LimitName.of("other");
        Limit limit = Limit.of(5, MINUTE);
        holds.hold(PARTNER, "held", MINUTE.toNanos());
        Decision denied =
                store.acquire(new AcquireRequest(List.of(claim("held", MINUTE), new Claim(other, limit, null, 1, 0))));
        assertThat(denied.allowed()).isFalse();
        assertThat(denied.retryAfter()).isEqualTo(MINUTE);
    }

    @Test
    void aCostThatTheLimitNeverHoldsIsToldAsSuch() {
        holds.hold(PARTNER, "held", MINUTE.toNanos());
        Claim six = new Claim(PARTNER, Limit.of(5, MINUTE), "held", 6, 0);
        assertThat(store.acquire(AcquireRequest.of(six)).reason()).isEqualTo(Reason.COST_ABOVE_LIMIT);
    }

    @Test
    void theLongerHoldCounts() {
        holds.hold(PARTNER, "held", MINUTE.toNanos());
        holds.hold(PARTNER, "held", 1);
        assertThat(holds.left(PARTNER, "held")).isEqualTo(MINUTE.toNanos());
    }

    @Test
    void aResetLiftsItAndWakesWhoWaits() {
        holds.hold(PARTNER, "held", MINUTE.toNanos());
        int[] woken = {0};
        Runnable waiter = () -> woken[0]++;
        holds.join(waiter);
        store.reset(PARTNER, "held");
        assertThat(woken[0]).isEqualTo(1);
        assertThat(ask("held", Duration.ZERO).allowed()).isTrue();
        holds.leave(waiter);
        store.reset(PARTNER, "held");
        assertThat(woken[0]).isEqualTo(1);
    }

    @Test
    void aResetOfAnotherBucketWakesNobody() {
        holds.hold(PARTNER, "held", MINUTE.toNanos());
        int[] woken = {0};
        holds.join(() -> woken[0]++);
        store.reset(PARTNER, "other");
        assertThat(woken[0]).isZero();
    }

    @Test
    void aResetLiftsItThoughTheStoreIsGone() {
        FakeRemoteStore remote = new FakeRemoteStore(memory);
        remote.failAtOnce(new IllegalStateException("gone"));
        holds.hold(PARTNER, "held", MINUTE.toNanos());
        assertThatIllegalStateException()
                .isThrownBy(() -> new HeldStore(remote, holds).reset(PARTNER, "held"))
                .withMessage("gone");
        assertThat(holds.left(PARTNER, "held")).isZero();
    }

    @Test
    void inShadowModeNobodyHasToWaitAndOffNothingIsHeldBack() {
        holds.hold(PARTNER, "held", MINUTE.toNanos());
        policies.change(PARTNER, policy -> policy.withMode(LimitMode.SHADOW));
        assertThat(holds.leftToWait(PARTNER, "held")).isZero();
        assertThat(new ModeStore(store, policies)
                        .acquire(AcquireRequest.of(claim("held", Duration.ZERO)))
                        .shadowDenied())
                .isTrue();
        policies.change(PARTNER, policy -> policy.withMode(LimitMode.OFF));
        holds.hold(PARTNER, "other", MINUTE.toNanos());
        assertThat(holds.left(PARTNER, "other")).isZero();
    }

    @Test
    void aFloodIsBounded() {
        for (int i = 0; i < Holds.MOST + 5; i++) {
            holds.hold(PARTNER, "key" + i, MINUTE.toNanos() + i);
        }
        assertThat(holds.left(PARTNER, "key4")).isZero();
        assertThat(holds.left(PARTNER, "key5")).isPositive();
    }
}
