package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whoever listens hears each decision once, however it was asked for, and nothing that is none. */
class ObservedStoreTest {

    private final MutableTimeSource time = new MutableTimeSource();
    private final MemoryLimiterStore memory = new MemoryLimiterStore(time, 10);
    private final List<Decision> heard = new ArrayList<>();
    private final ObservedStore store = new ObservedStore(memory, (request, decision) -> heard.add(decision));
    private final Claim claim = store.claim(LimitName.of("observed"), Limit.of(2, Duration.ofDays(1)), "key", 1, 0);
    private final AcquireRequest request = AcquireRequest.of(claim);

    @Test
    void aDecisionIsHeardByWhicheverWayItCame() {
        Decision first = store.acquire(request);
        Decision second = store.acquireAsync(request).toCompletableFuture().join();
        boolean third = store.tryAcquire(claim);
        List<Decision> others = store.acquireAll(List.of(request, request))
                .toCompletableFuture()
                .join();
        assertThat(heard).hasSize(5).startsWith(first, second).endsWith(others.toArray(Decision[]::new));
        assertThat(heard).extracting(Decision::allowed).containsExactly(true, true, third, false, false);
        assertThat(third).isFalse();
    }

    @Test
    void whatTakesNothingIsNotHeard() {
        Decision taken = store.acquire(request);
        heard.clear();
        store.peek(claim);
        store.peekAsync(claim).toCompletableFuture().join();
        store.refund(request, taken);
        store.giveBack(claim);
        store.reset(claim.name(), claim.key());
        assertThat(heard).isEmpty();
        assertThat(store.peek(claim).remaining()).isEqualTo(2);
    }

    @Test
    void ofWhatIsAskedAgainOnlyADenialIsHeard() {
        AcquireRequest again = new AcquireRequest(request.claims(), Set.of(), true);
        store.acquire(again);
        store.acquireAsync(again).toCompletableFuture().join();
        assertThat(heard).isEmpty();
        store.acquire(again);
        ObservedStore.tell(
                store, again, store.acquireAsync(again).toCompletableFuture().join());
        assertThat(heard).hasSize(3).noneMatch(Decision::allowed);
    }

    @Test
    void aDecisionThatItDidNotMakeCanBeToldToWhoListens() {
        Decision decision = memory.acquire(request);
        ObservedStore.tell(memory, request, decision);
        assertThat(heard).isEmpty();
        ObservedStore.tell(store, request, decision);
        assertThat(heard).containsExactly(decision);
    }
}
