package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitMode;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.LimiterStoreContract;
import io.github.ratelimited.test.MutableTimeSource;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What surrounds a store is a store as well: where it has nothing to add, it does as the one that it holds. */
class DecoratorContractTest {

    private static final Duration HOUR = Duration.ofHours(1);

    /** Something of each kind is configured, and holds for a limit that no test of the contract knows. */
    private static LimitPolicies policies() {
        Penalty penalty = new Penalty(1, HOUR, HOUR, HOUR);
        return new LimitPolicies(
                Map.of("elsewhere", new LimitPolicy(LimitMode.SHADOW, null, penalty)), LimitPolicy.ENFORCED);
    }

    @Test
    void whatSurroundsARemoteStoreClosesIt() {
        MutableTimeSource time = new MutableTimeSource();
        int[] closed = {0};
        LimiterStore remote = (LimiterStore) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {LimiterStore.class, AutoCloseable.class},
                (proxy, method, arguments) -> closed[0]++);
        new RememberedDenials(
                        new FailSafeStore(
                                new MergingStore(remote),
                                "remote",
                                time,
                                Duration.ofSeconds(1),
                                name -> StoreFailurePolicy.DENY,
                                new MemoryLimiterStore(time, 100),
                                1),
                        time,
                        100)
                .close();
        assertThat(closed[0]).isEqualTo(1);
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
    class HeldStoreTest extends Decorated {
        @Override
        LimiterStore around(LimiterStore memory) {
            Holds holds = new Holds(policies(), time);
            holds.hold(LimitName.of("elsewhere"), null, Long.MAX_VALUE);
            return new HeldStore(memory, holds);
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

        @Override
        boolean answersAsSoonAsTheOneItHolds() {
            return false;
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

        @Override
        boolean answersAsSoonAsTheOneItHolds() {
            return false;
        }
    }

    abstract static class Decorated extends LimiterStoreContract {

        final MutableTimeSource time = new MutableTimeSource(5_000_000_000L);
        private final LimiterStore store = around(new MemoryLimiterStore(time, 1_000));

        abstract LimiterStore around(LimiterStore memory);

        boolean answersAsSoonAsTheOneItHolds() {
            return true;
        }

        @Test
        void answers_at_once_if_what_it_holds_does() {
            assertThat(store.answersAtOnce()).isEqualTo(answersAsSoonAsTheOneItHolds());
            assertThat(around(new FakeRemoteStore(time)).answersAtOnce()).isFalse();
        }

        @Test
        void tells_a_turn_as_what_it_holds_does() {
            Limit one = Limit.of(1, HOUR);
            AcquireRequest waiting = AcquireRequest.of(new Claim(LimitName.of("turns"), one, "ann", 1, Long.MAX_VALUE));
            store.acquire(waiting);
            Decision reserved = store.acquire(waiting);
            long turn = time.nanoTime() + HOUR.toNanos();
            time.advance(Duration.ofMinutes(1));
            assertThat(store.turnAt(reserved, time)).isEqualTo(turn);
        }

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
