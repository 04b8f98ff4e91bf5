package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Limit;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Plans that only a resolver knows. */
class NamedLimitTest {

    private static final LimitName API = LimitName.of("api");
    private static final Limit DECLARED = Limit.of(1, Duration.ofSeconds(1));
    private static final Limit RESOLVED = Limit.of(2, Duration.ofSeconds(1));

    private static final Limit BIG = Limit.of(1_000, Duration.ofSeconds(1));

    private final NamedLimit limit = new NamedLimit(
            API,
            DECLARED,
            0,
            new MemoryLimiterStore(new MutableTimeSource(), 10),
            (name, key, plan) -> String.valueOf(plan).startsWith("big") ? BIG : RESOLVED);

    private LimitName bucket(String plan) {
        return limit.claim(plan, "alice", 1, 0).name();
    }

    @Test
    void eachHasPermitsOfItsOwnUpToANumber() {
        Set<LimitName> names = new HashSet<>();
        for (int i = 0; i < NamedLimit.MOST_PLANS + 50; i++) {
            names.add(bucket("plan" + i));
        }
        assertThat(names).hasSize(NamedLimit.MOST_PLANS + 1);
        assertThat(bucket("plan0")).isEqualTo(API.ofPlan("plan0"));
        assertThat(bucket("one too many")).isEqualTo(bucket("another"));
        assertThat(limit.claim("one too many", "alice", 1, 0).limit()).isEqualTo(RESOLVED);
        assertThat(bucket("big one too many"))
                .as("of other numbers, which one bucket cannot have too")
                .isNotEqualTo(bucket("one too many"))
                .isEqualTo(bucket("big, another"));
    }

    @Test
    void aPlanOfAnyLengthIsKnownByAShortName() {
        assertThat(bucket("x".repeat(10_000)).id()).hasSizeLessThan(200);
    }
}
