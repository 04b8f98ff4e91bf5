package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitMode;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a limit's mode makes of its decisions, whether the store is in this process or not. */
class ModeStoreTest {

    private static final LimitName ENFORCED = LimitName.of("enforced");
    private static final LimitName SHADOW = LimitName.of("shadow");
    private static final LimitName OFF = LimitName.of("off");
    private static final Limit TWO = Limit.of(2, Duration.ofHours(1));
    private static final long HOUR = Duration.ofHours(1).toNanos();

    private final MutableTimeSource time = new MutableTimeSource();
    private final MemoryLimiterStore memory = new MemoryLimiterStore(time, 100);
    private final LimitPolicies policies = new LimitPolicies(
            Map.of(
                    "shadow", LimitPolicy.ENFORCED.withMode(LimitMode.SHADOW),
                    "off", LimitPolicy.ENFORCED.withMode(LimitMode.OFF)),
            LimitPolicy.ENFORCED);

    private LimiterStore store(boolean isRemote) {
        return new ModeStore(isRemote ? new FakeRemoteStore(memory) : memory, policies);
    }

    private static Claim claim(LimitName name, long maxWaitNanos) {
        return new Claim(name, TWO, null, 1, maxWaitNanos);
    }

    private static AcquireRequest request(LimitName... names) {
        return new AcquireRequest(
                List.of(names).stream().map(name -> claim(name, 0)).toList());
    }

    private long left(LimitName name) {
        return memory.peek(claim(name, 0)).remaining();
    }

    private static Decision ask(LimiterStore store, AcquireRequest request, boolean async) {
        return async ? store.acquireAsync(request).toCompletableFuture().join() : store.acquire(request);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void inShadowModeALimitDecidesAndCountsButNeitherDeniesNorWaits(boolean isRemote) {
        LimiterStore store = store(isRemote);
        for (int i = 0; i < 2; i++) {
            Decision decision = ask(store, request(SHADOW), isRemote);
            assertThat(decision.allowed()).isTrue();
            assertThat(decision.shadow()).isTrue();
            assertThat(decision.shadowDenied()).isFalse();
        }
        assertThat(left(SHADOW)).isZero();
        Decision denied = ask(store, request(SHADOW), isRemote);
        assertThat(denied.allowed()).isTrue();
        assertThat(denied.shadowDenied()).isTrue();
        assertThat(denied.reason()).isEqualTo(Reason.OVER_LIMIT);
        Decision waiting = ask(store, AcquireRequest.of(claim(SHADOW, HOUR)), isRemote);
        assertThat(waiting.allowed()).isTrue();
        assertThat(waiting.waitNanos()).isZero();
        assertThat(store.tryAcquire(claim(SHADOW, 0))).isTrue();
        assertThat(denied)
                .hasToString("denied in shadow mode, and let through, by 'shadow' (2 per 1h), cost 1, "
                        + "remaining 0, OVER_LIMIT");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLimitThatIsOffCountsNothing(boolean isRemote) {
        LimiterStore store = store(isRemote);
        for (int i = 0; i < 5; i++) {
            Decision decision = ask(store, request(OFF), isRemote);
            assertThat(decision.allowed()).isTrue();
            assertThat(decision.counted()).isFalse();
            assertThat(decision.reason()).isEqualTo(Reason.LIMIT_OFF);
        }
        assertThat(left(OFF)).isEqualTo(2);
        assertThat(store.peek(claim(OFF, 0)).reason()).isEqualTo(Reason.LIMIT_OFF);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theLimitsThatAreEnforcedDecideForAll(boolean isRemote) {
        LimiterStore store = store(isRemote);
        AcquireRequest all = request(ENFORCED, OFF, SHADOW);
        Decision allowed = ask(store, all, isRemote);
        assertThat(allowed.allowed()).isTrue();
        assertThat(allowed.limitName()).isEqualTo("enforced");
        assertThat(allowed.parts()).extracting(Decision::limitName).containsExactly("enforced", "off", "shadow");
        assertThat(allowed.parts()).extracting(Decision::shadow).containsExactly(false, false, true);
        ask(store, all, isRemote);
        assertThat(left(SHADOW)).isZero();
        memory.reset(SHADOW, null);
        Decision denied = ask(store, all, isRemote);
        assertThat(denied.allowed()).isFalse();
        assertThat(denied.limitName()).isEqualTo("enforced");
        assertThat(left(SHADOW)).as("a call that is denied costs nothing").isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aShadowThatWouldDenyKeepsNothingFromBeingCounted(boolean isRemote) {
        LimiterStore store = store(isRemote);
        memory.acquire(request(SHADOW));
        memory.acquire(request(SHADOW));
        Decision decision = ask(store, request(ENFORCED, SHADOW), isRemote);
        assertThat(decision.allowed()).isTrue();
        assertThat(decision.part(1).shadowDenied()).isTrue();
        assertThat(left(ENFORCED)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatWasTakenCanBeGivenBackOnce(boolean isRemote) {
        LimiterStore store = store(isRemote);
        AcquireRequest all = request(ENFORCED, OFF, SHADOW);
        Decision decision = ask(store, all, isRemote);
        policies.change(SHADOW, policy -> policy.withMode(LimitMode.ENFORCE));
        store.refund(all, decision);
        store.refund(all, decision);
        assertThat(left(ENFORCED)).isEqualTo(2);
        assertThat(left(SHADOW)).isEqualTo(2);
        policies.change(SHADOW, policy -> policy.withMode(LimitMode.SHADOW));
        Decision part = ask(store, request(ENFORCED, SHADOW), isRemote).part(1);
        assertThat(left(SHADOW)).isEqualTo(1);
        store.refund(request(SHADOW), part);
        assertThat(left(SHADOW)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ofWhatAShadowWouldHaveDeniedThereIsNothingToGiveBack(boolean isRemote) {
        LimiterStore store = store(isRemote);
        ask(store, request(SHADOW), isRemote);
        ask(store, request(SHADOW), isRemote);
        Decision denied = ask(store, request(SHADOW), isRemote);
        store.refund(request(SHADOW), denied);
        assertThat(left(SHADOW)).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBatchIsDecidedByTheSameModes(boolean isRemote) {
        List<Decision> decisions = store(isRemote)
                .acquireAll(
                        List.of(request(ENFORCED), request(SHADOW), request(OFF), request(ENFORCED), request(ENFORCED)))
                .toCompletableFuture()
                .join();
        assertThat(decisions).extracting(Decision::allowed).containsExactly(true, true, true, true, false);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void eachOfSeveralLimitsIsToldInItsPlace(boolean isRemote) {
        policies.change(LimitName.of("tried"), policy -> policy.withMode(LimitMode.SHADOW));
        AcquireRequest four = request(ENFORCED, LimitName.of("enforced too"), SHADOW, LimitName.of("tried"));
        assertThat(ask(store(isRemote), four, isRemote).parts())
                .extracting(Decision::limitName)
                .containsExactly("enforced", "enforced too", "shadow", "tried");
    }

    @Test
    void whatTheStoreSaysOfLimitsThatAreAllEnforcedIsHandedOnAsItIs() {
        Decision said = memory.acquire(request(ENFORCED));
        assertThat(new ModeStore(new Saying(said), policies).acquire(request(ENFORCED)))
                .isSameAs(said);
    }

    @Test
    void aLimitThatWasOffIsGivenNothingBack() {
        LimiterStore store = store(false);
        memory.acquire(request(OFF));
        AcquireRequest both = request(ENFORCED, OFF);
        Decision decision = store.acquire(both);
        store.refund(both, decision);
        store.refund(request(OFF), store.acquire(request(OFF)));
        assertThat(left(OFF)).isEqualTo(1);
        assertThat(left(ENFORCED)).isEqualTo(2);
    }

    @Test
    void aRemoteStoreIsAskedForAllAtTheSameTime() throws Exception {
        FakeRemoteStore slow = new FakeRemoteStore(memory);
        slow.hold();
        CompletableFuture<Decision> decision =
                CompletableFuture.supplyAsync(() -> new ModeStore(slow, policies).acquire(request(ENFORCED, SHADOW)));
        Await.until("both limits are asked", () -> slow.calls().size() == 2);
        slow.letThrough();
        assertThat(decision.get(30, TimeUnit.SECONDS).allowed()).isTrue();
    }

    @Test
    void whatARemoteStoreThrowsIsThrownAsItIs() {
        FakeRemoteStore broken = new FakeRemoteStore(memory);
        RuntimeException failure = new IllegalStateException("broken");
        broken.fail(failure);
        assertThatThrownBy(() -> new ModeStore(broken, policies).acquire(request(ENFORCED, SHADOW)))
                .isSameAs(failure);
    }

    @Test
    void aPeekThatIsAskedAsynchronouslyIsByTheSameModes() {
        LimiterStore store = store(true);
        ask(store, request(SHADOW, ENFORCED), true);
        Decision shadow = peekAsync(store, SHADOW);
        assertThat(shadow.shadow()).isTrue();
        store.refund(request(SHADOW), shadow);
        assertThat(left(SHADOW)).as("a peek took nothing").isEqualTo(1);
        assertThat(peekAsync(store, ENFORCED).shadow()).isFalse();
        assertThat(peekAsync(store, OFF).reason()).isEqualTo(Reason.LIMIT_OFF);
    }

    private static Decision peekAsync(LimiterStore store, LimitName name) {
        return store.peekAsync(claim(name, 0)).toCompletableFuture().join();
    }
}
