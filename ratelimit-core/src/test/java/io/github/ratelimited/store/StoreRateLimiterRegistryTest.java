package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Limit;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StoreRateLimiterRegistryTest {

    private static final LimitName CHECKOUT = LimitName.of("checkout");
    private static final Limit DECLARED = Limit.of(100, Duration.ofSeconds(1));
    private static final Limit REPLACED = Limit.of(1, Duration.ofSeconds(1));
    private static final Limit USED = DECLARED.withBurst(10);

    private final MutableTimeSource time = new MutableTimeSource();
    private final Admission admission = admission();
    private final StoreRateLimiterRegistry registry = new StoreRateLimiterRegistry(admission);

    private Admission admission() {
        return new Admission(new MemoryLimiterStore(time, 1_000), time);
    }

    @Test
    void theFirstMethodThatUsesALimitSaysTheRestOfIt() {
        registry.declare(CHECKOUT, DECLARED, 0, "here");
        registry.use(CHECKOUT, USED, 0, "here", admission);
        assertThat(registry.get("checkout").limit()).isEqualTo(USED);
    }

    @Test
    void numbersThatWerePutInPlaceBeforeTheFirstUseStay() {
        registry.declare(CHECKOUT, DECLARED, 0, "here");
        registry.replace("checkout", REPLACED);
        registry.use(CHECKOUT, USED, 0, "here", admission);
        assertThat(registry.get("checkout").limit()).isEqualTo(REPLACED);
        registry.use(CHECKOUT, USED, 0, "there", admission);
        assertThat(registry.get("checkout").limit()).isEqualTo(REPLACED);
    }

    @Test
    void theyStayWhereTheFirstUseMovesTheLimitToAnotherStoreToo() {
        registry.declare(CHECKOUT, DECLARED, 0, "here");
        registry.replace("checkout", REPLACED);
        registry.use(CHECKOUT, USED, 0, "here", admission());
        assertThat(registry.get("checkout").limit()).isEqualTo(REPLACED);
    }
}
