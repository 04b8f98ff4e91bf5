package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.CallCounts.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What became of a call, from its decision. */
class CallCountsTest {

    private static final LimitName A = LimitName.of("a");
    private static final LimitName B = LimitName.of("b");
    private static final Limit LIMIT = Limit.of(5, Duration.ofSeconds(1));

    private final CallCounts counts = new CallCounts();

    private static Claim claim(LimitName name) {
        return new Claim(name, LIMIT, null, 1, 0);
    }

    private static Decision allowed(LimitName name, long waitNanos) {
        return Decision.allowed(name.shown(), LIMIT, 1, 4, 0, waitNanos, 0, 0);
    }

    private static Decision denied(LimitName name) {
        return Decision.overLimit(name.shown(), LIMIT, 1, 0, 100, 100);
    }

    private Map<Outcome, Long> counted(LimitName name) {
        Map<Outcome, Long> counted = new TreeMap<>();
        for (Outcome outcome : Outcome.values()) {
            if (counts.of(name).of(outcome) != 0) {
                counted.put(outcome, counts.of(name).of(outcome));
            }
        }
        return counted;
    }

    @Test
    void aCallIsCountedOnceByWhatBecameOfIt() {
        AcquireRequest request = AcquireRequest.of(claim(A));
        counts.decided(request, allowed(A, 0));
        counts.decided(request, allowed(A, 7));
        counts.decided(request, denied(A));
        counts.decided(new AcquireRequest(List.of(claim(A)), Set.of("a")), denied(A));
        counts.decided(request, Decision.withShadows(null, List.of(denied(A).inShadow())));
        counts.decided(request, Decision.withShadows(null, List.of(Decision.limitOff("a", LIMIT, 1))));
        assertThat(counted(A))
                .isEqualTo(Map.of(
                        Outcome.ALLOWED, 1L,
                        Outcome.WAITED, 1L,
                        Outcome.DENIED, 1L,
                        Outcome.FALLBACK, 1L,
                        Outcome.SHADOW_DENIED, 1L,
                        Outcome.BYPASSED, 1L));
    }

    @Test
    void aLimitInShadowModeMakesNobodyWait() {
        counts.decided(
                AcquireRequest.of(claim(A)),
                Decision.withShadows(null, List.of(allowed(A, 7).inShadow())));
        assertThat(counted(A)).isEqualTo(Map.of(Outcome.ALLOWED, 1L));
    }

    @Test
    void whatNobodyCountsIsBypassedAndWhatAStandInDoesIsNot() {
        AcquireRequest request = AcquireRequest.of(claim(A));
        counts.decided(request, Decision.storeUnavailable(true, "a", LIMIT, 1, 0));
        counts.decided(request, allowed(A, 0).ofStandIn());
        counts.decided(request, Decision.storeUnavailable(false, "a", LIMIT, 1, 1));
        assertThat(counted(A)).isEqualTo(Map.of(Outcome.ALLOWED, 1L, Outcome.BYPASSED, 1L, Outcome.DENIED, 1L));
    }

    @Test
    void aDenialCountsForTheLimitsThatDenied() {
        AcquireRequest both = new AcquireRequest(List.of(claim(A), claim(B)), Set.of("a"));
        counts.decided(both, Decision.ofAll(List.of(allowed(A, 0), denied(B))));
        assertThat(counted(A)).isEmpty();
        assertThat(counted(B)).isEqualTo(Map.of(Outcome.DENIED, 1L));
        counts.decided(both, Decision.ofAll(List.of(denied(A), denied(B)))); // by A, which has a fallback
        assertThat(counted(B)).isEqualTo(Map.of(Outcome.DENIED, 1L, Outcome.FALLBACK, 1L));
        counts.decided(both, denied(A)); // of a store that goes no further
        assertThat(counted(A)).isEqualTo(Map.of(Outcome.FALLBACK, 2L));
        counts.decided(both, Decision.ofAll(List.of(allowed(A, 3), allowed(B, 0))));
        assertThat(counted(A)).isEqualTo(Map.of(Outcome.FALLBACK, 2L, Outcome.WAITED, 1L));
        assertThat(counted(B)).isEqualTo(Map.of(Outcome.DENIED, 1L, Outcome.FALLBACK, 1L, Outcome.WAITED, 1L));
    }
}
