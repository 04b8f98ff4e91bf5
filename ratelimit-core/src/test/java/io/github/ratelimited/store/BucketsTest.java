package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Limit;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BucketsTest {

    private static final Limit LIMIT = Limit.of(2, Duration.ofDays(1));

    private static Claim claim(String name, @Nullable String key, Limit limit, long cost) {
        return new Claim(LimitName.of(name), limit, key, cost, 0);
    }

    private static Buckets of(Claim... claims) {
        return new Buckets(new AcquireRequest(List.of(claims)));
    }

    @Test
    void areTheSameWhateverACallCosts() {
        Claim other = claim("b", null, LIMIT, 1);
        assertThat(of(claim("a", "ann", LIMIT, 1), other))
                .isEqualTo(of(claim("a", "ann", LIMIT, 2), other))
                .hasSameHashCodeAs(of(other, claim("a", "ann", LIMIT, 2)));
    }

    @Test
    void areOthersIfALimitAKeyOrANumberIs() {
        Claim ann = claim("a", "ann", LIMIT, 1);
        assertThat(of(ann))
                .isNotEqualTo(of(claim("b", "ann", LIMIT, 1)))
                .isNotEqualTo(of(claim("a", "bob", LIMIT, 1)))
                .isNotEqualTo(of(claim("a", null, LIMIT, 1)))
                .isNotEqualTo(of(claim("a", "ann", LIMIT.withBurst(3), 1)))
                .isNotEqualTo(of(ann, claim("b", "ann", LIMIT, 1)));
    }

    /** 100 keys under each of 100 limits: of so many random numbers of 32 bits no two need be the same. */
    @Test
    void hardlyEverShareAHash() {
        assertThat(IntStream.range(0, 10_000)
                        .mapToObj(i -> of(claim(word(i / 100), word(1_000 + i % 100), LIMIT, 1)))
                        .map(Buckets::hashCode)
                        .distinct())
                .hasSizeGreaterThan(9_900);
    }

    private static String word(long number) {
        return Long.toHexString(number * 0x9E3779B97F4A7C15L);
    }
}
