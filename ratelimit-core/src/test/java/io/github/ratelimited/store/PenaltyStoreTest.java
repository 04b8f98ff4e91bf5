package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitMode;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Keys that keep being denied are shut out for longer. */
class PenaltyStoreTest {

    private static final LimitName LOGIN = LimitName.of("login");
    private static final LimitName OTHER = LimitName.of("other");
    private static final Limit LIMIT = Limit.of(2, Duration.ofSeconds(10));
    private static final Penalty PENALTY =
            new Penalty(3, Duration.ofMinutes(1), Duration.ofMinutes(15), Duration.ofMinutes(40));

    private final MutableTimeSource time =
            new MutableTimeSource(Long.MAX_VALUE - Duration.ofMinutes(10).toNanos());
    private final LimitPolicies policies =
            new LimitPolicies(Map.of("login", new LimitPolicy(LimitMode.ENFORCE, null, PENALTY)), LimitPolicy.ENFORCED);
    private final List<LimitName> told = new ArrayList<>();
    private final Penalties penalties = new Penalties(policies, time, 100, told::add);
    private final MemoryLimiterStore memory = new MemoryLimiterStore(time, 1_000);
    private final LimiterStore store = new PenaltyStore(memory, penalties);

    private static Claim claim(LimitName name, String key) {
        return new Claim(name, LIMIT, key, 1, 0);
    }

    private Decision ask(LimitName name, String key) {
        return store.acquire(AcquireRequest.of(claim(name, key)));
    }

    /** Uses up the limit and is denied so often. */
    private void offend(String key, int times) {
        while (ask(LOGIN, key).allowed()) {}
        for (int i = 1; i < times; i++) {
            assertThat(ask(LOGIN, key).reason()).isEqualTo(Reason.OVER_LIMIT);
        }
    }

    @Test
    void aKeyThatKeepsBeingDeniedIsShutOutAndNoOtherIs() {
        offend("eve", 3);
        Decision shutOut = ask(LOGIN, "eve");
        assertThat(shutOut.allowed()).isFalse();
        assertThat(shutOut.reason()).isEqualTo(Reason.PENALIZED);
        assertThat(shutOut.retryAfter()).isEqualTo(Duration.ofMinutes(15));
        time.advance(Duration.ofMinutes(15).minusNanos(1));
        assertThat(ask(LOGIN, "eve").retryAfter()).isEqualTo(Duration.ofNanos(1));
        assertThat(ask(LOGIN, "bob").allowed()).isTrue();
        assertThat(ask(OTHER, "eve").allowed()).isTrue();
        assertThat(penalties.shutOut(LOGIN)).isEqualTo(1);
        assertThat(store.peek(claim(LOGIN, "eve")).reason()).isEqualTo(Reason.PENALIZED);
        assertThat(store.tryAcquire(claim(LOGIN, "eve"))).isFalse();
        time.advance(Duration.ofNanos(1));
        assertThat(ask(LOGIN, "eve").allowed()).isTrue();
        assertThat(penalties.shutOut(LOGIN)).isZero();
        assertThat(told).containsExactly(LOGIN);
    }

    @Test
    void denialsThatAreFarApartDoNotAddUp() {
        for (int i = 0; i < 10; i++) {
            offend("bob", 1);
            time.advance(Duration.ofSeconds(31));
        }
        assertThat(penalties.shutOut(LOGIN)).isZero();
    }

    @Test
    void eachTimeIsTwiceAsLongUpToTheLongest() {
        for (int minutes : new int[] {15, 30, 40, 40}) {
            offend("eve", 3);
            assertThat(ask(LOGIN, "eve").retryAfter()).isEqualTo(Duration.ofMinutes(minutes));
            time.advance(Duration.ofMinutes(minutes));
        }
    }

    @Test
    void whoBehavesForAsLongAsTheLastTimeTookBeginsAnew() {
        offend("eve", 3);
        time.advance(Duration.ofMinutes(15));
        offend("eve", 3);
        time.advance(Duration.ofMinutes(30));
        time.advance(Duration.ofMinutes(30));
        offend("eve", 3);
        assertThat(ask(LOGIN, "eve").retryAfter()).isEqualTo(Duration.ofMinutes(15));
    }

    @Test
    void whoBehavesForANanosecondLessDoesNot() {
        offend("eve", 3);
        time.advance(Duration.ofMinutes(15));
        time.advance(Duration.ofMinutes(15).minusNanos(1));
        offend("eve", 3);
        assertThat(ask(LOGIN, "eve").retryAfter()).isEqualTo(Duration.ofMinutes(30));
    }

    @Test
    void aNewcomerMakesNobodysDenialsForgottenWhileThereIsRoom() {
        offend("eve", 2);
        offend("bob", 1);
        offend("eve", 1);
        assertThat(ask(LOGIN, "eve").reason()).isEqualTo(Reason.PENALIZED);
    }

    @Test
    void aNewcomerMakesNobodysLastPenaltyForgottenWhileThereIsRoom() {
        offend("eve", 3);
        time.advance(Duration.ofMinutes(20));
        offend("bob", 1);
        offend("eve", 3);
        assertThat(ask(LOGIN, "eve").retryAfter()).isEqualTo(Duration.ofMinutes(30));
    }

    @Test
    void aDenialThatArrivesWhenTheKeyIsShutOutShutsItOutNoLonger() {
        FakeRemoteStore remote = new FakeRemoteStore(memory);
        LimiterStore around = new PenaltyStore(remote, penalties);
        offend("eve", 2);
        remote.hold();
        around.acquireAsync(AcquireRequest.of(claim(LOGIN, "eve")));
        around.acquireAsync(AcquireRequest.of(claim(LOGIN, "eve")));
        remote.letThrough();
        assertThat(told).containsExactly(LOGIN);
        assertThat(ask(LOGIN, "eve").retryAfter()).isEqualTo(Duration.ofMinutes(15));
    }

    @Test
    void nobodyIsShutOutOnceAllIsForgotten() {
        offend("eve", 3);
        penalties.clear();
        assertThat(penalties.shutOut(LOGIN)).isZero();
        assertThat(ask(LOGIN, "eve").reason()).isEqualTo(Reason.OVER_LIMIT);
    }

    @Test
    void aResetForgives() {
        offend("eve", 3);
        store.reset(LOGIN, "eve");
        assertThat(ask(LOGIN, "eve").allowed()).isTrue();
    }

    @Test
    void anAsynchronousCallIsShutOutToo() {
        offend("eve", 2);
        AcquireRequest request = AcquireRequest.of(claim(LOGIN, "eve"));
        assertThat(store.acquireAsync(request).toCompletableFuture().join().reason())
                .isEqualTo(Reason.OVER_LIMIT);
        assertThat(store.acquireAsync(request).toCompletableFuture().join().reason())
                .isEqualTo(Reason.PENALIZED);
        assertThat(store.acquireAll(List.of(request)).toCompletableFuture().join())
                .extracting(Decision::reason)
                .containsExactly(Reason.PENALIZED);
        assertThat(store.peekAsync(claim(LOGIN, "eve"))
                        .toCompletableFuture()
                        .join()
                        .reason())
                .isEqualTo(Reason.PENALIZED);
        assertThat(store.peekAsync(claim(LOGIN, "bob")).toCompletableFuture().join())
                .matches(Decision::allowed);
    }

    @Test
    void ofSeveralLimitsTheOneThatShutsOutTells() {
        offend("eve", 3);
        Decision denied = store.acquire(new AcquireRequest(List.of(claim(LOGIN, "eve"), claim(OTHER, "eve"))));
        assertThat(denied.limitName()).isEqualTo("login");
        assertThat(memory.peek(claim(OTHER, "eve")).remaining()).isEqualTo(2);
    }

    /** As one that remembers denials, or asks several nodes one after the other. */
    @Test
    void ofSeveralLimitsOneIsSeenToDenyEvenIfTheStoreTellsOfNoOther() {
        LimiterStore remembering = new PenaltyStore(new RememberedDenials(memory, time, 100), penalties);
        AcquireRequest both = new AcquireRequest(
                List.of(claim(LOGIN, "eve"), new Claim(OTHER, Limit.of(100, Duration.ofDays(1)), "eve", 1, 0)));
        for (int i = 0; i < 5; i++) {
            remembering.acquire(both);
        }
        assertThat(remembering.acquire(both).reason()).isEqualTo(Reason.PENALIZED);
    }

    @Test
    void aPenaltyThatIsTakenAwayHoldsNoMore() {
        offend("eve", 3);
        policies.change(LOGIN, policy -> LimitPolicy.ENFORCED);
        time.advance(Duration.ofSeconds(10));
        assertThat(ask(LOGIN, "eve").allowed()).isTrue();
    }

    @Test
    void aFloodOfKeysIsBoundedAndForgetsNobodyWhoIsShutOut() {
        offend("eve", 3);
        for (int i = 0; i < 10_000; i++) {
            offend("key" + i, 1);
        }
        assertThat(ask(LOGIN, "eve").reason()).isEqualTo(Reason.PENALIZED);
        for (int i = 0; i < 200; i++) {
            offend("bad" + i, 3);
        }
        assertThat(penalties.shutOut(LOGIN)).isBetween(90L, 100L);
        assertThat(ask(LOGIN, "bad199").allowed())
                .as("limited, if not shut out")
                .isFalse();
        time.advance(Duration.ofHours(3));
        offend("late", 3);
        assertThat(ask(LOGIN, "late").reason()).isEqualTo(Reason.PENALIZED);
    }

    @Test
    void numbersThatCannotBeAreRefused() {
        Duration minute = Duration.ofMinutes(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Penalty(0, minute, minute, minute))
                .withMessageContaining("after = 0 is not between 1 and 10000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Penalty(1, Duration.ZERO, minute, minute))
                .withMessageContaining("within = PT0S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Penalty(1, minute, Duration.ZERO, minute))
                .withMessageContaining("for = PT0S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Penalty(1, minute, minute, Penalty.LONGEST.plusNanos(1)))
                .withMessageContaining("max = PT87600H0.000000001S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Penalty(10_001, minute, minute, minute))
                .withMessageContaining("after = 10001");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Penalty(1, minute, minute, Duration.ofSeconds(1)))
                .withMessageContaining("max = PT1S is shorter than for = PT1M");
    }

    @Test
    void theLeastAndTheMostThatCanBeAreAccepted() {
        Duration least = Duration.ofNanos(1);
        assertThatNoException().isThrownBy(() -> new Penalty(1, least, least, least));
        assertThatNoException()
                .isThrownBy(() -> new Penalty(Penalty.MAX_AFTER, Penalty.LONGEST, Penalty.LONGEST, Penalty.LONGEST));
    }
}
