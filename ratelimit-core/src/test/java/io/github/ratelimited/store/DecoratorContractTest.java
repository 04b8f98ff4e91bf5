package io.github.ratelimited.store;

import io.github.ratelimited.LimitMode;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.LimiterStoreContract;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Nested;

/** What surrounds a store is a store as well: where it has nothing to add, it does as the one that it holds. */
class DecoratorContractTest {

    private static final Duration HOUR = Duration.ofHours(1);

    /** Something of each kind is configured, and holds for a limit that no test of the contract knows. */
    private static LimitPolicies policies() {
        Penalty penalty = new Penalty(1, HOUR, HOUR, HOUR);
        return new LimitPolicies(
                Map.of("elsewhere", new LimitPolicy(LimitMode.SHADOW, null, penalty)), LimitPolicy.ENFORCED);
    }

    @Nested
    class ObservedStoreTest extends Decorated {
        @Override
        LimiterStore around(LimiterStore memory) {
            return new ObservedStore(memory, (request, decision) -> {});
        }
    }

    @Nested
    class ModeStoreTest extends Decorated {
        @Override
        LimiterStore around(LimiterStore memory) {
            return new ModeStore(memory, policies());
        }
    }

    @Nested
    class PenaltyStoreTest extends Decorated {
        @Override
        LimiterStore around(LimiterStore memory) {
            return new PenaltyStore(memory, new Penalties(policies(), time, 100, name -> {}));
        }
    }

    @Nested
    class RememberedDenialsTest extends Decorated {
        @Override
        LimiterStore around(LimiterStore memory) {
            return new RememberedDenials(memory, time, 100);
        }
    }

    @Nested
    class MergingStoreTest extends Decorated {
        @Override
        LimiterStore around(LimiterStore memory) {
            return new MergingStore(memory);
        }
    }

    @Nested
    class FailSafeStoreTest extends Decorated {
        @Override
        LimiterStore around(LimiterStore memory) {
            return new FailSafeStore(
                    memory,
                    "remote",
                    time,
                    Duration.ofSeconds(1),
                    name -> StoreFailurePolicy.DENY,
                    new MemoryLimiterStore(time, 100),
                    1);
        }
    }

    abstract static class Decorated extends LimiterStoreContract {

        final MutableTimeSource time = new MutableTimeSource(5_000_000_000L);
        private final LimiterStore store = around(new MemoryLimiterStore(time, 1_000));

        abstract LimiterStore around(LimiterStore memory);

        @Override
        protected LimiterStore store() {
            return store;
        }

        @Override
        protected void pass(Duration duration) {
            time.advance(duration);
        }
    }
}
