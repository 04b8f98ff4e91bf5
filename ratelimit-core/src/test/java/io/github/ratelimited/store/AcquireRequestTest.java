package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.ratelimited.Limit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AcquireRequestTest {

    private static final Limit LIMIT = Limit.of(10, Duration.ofSeconds(1));

    @Test
    void hasItsClaimsInTheSameOrderHoweverTheyWereGiven() {
        Claim a = claim("a", null, 1, 0);
        Claim ab = claim("a", "b", 1, 0);
        Claim ac = claim("a", "c", 1, 0);
        Claim b = claim("b", null, 1, 0);
        assertThat(new AcquireRequest(List.of(b, ac, ab, a)).claims()).containsExactly(a, ab, ac, b);
        assertThat(new AcquireRequest(List.of(ab, b, a, ac)).claims()).containsExactly(a, ab, ac, b);
    }

    @Test
    void joinsClaimsOnOneBucketToTheirSumWithTheShorterWait() {
        AcquireRequest request = new AcquireRequest(
                List.of(claim("a", "k", 1, 30), claim("b", "k", 4, 9), claim("a", "k", 2, 10), claim("a", "k", 3, 20)));
        assertThat(request.claims()).containsExactly(claim("a", "k", 6, 10), claim("b", "k", 4, 9));
        assertThat(request.claims().get(0).maxWaitNanos()).isEqualTo(10);
        assertThat(request.claims().get(1).maxWaitNanos()).isEqualTo(9);
    }

    /** As a resolver may say, to whom each key is another customer. */
    @Test
    void leavesEachKeyOfALimitItsOwnNumbers() {
        LimitName api = LimitName.of("api");
        Claim small = new Claim(api, Limit.of(2, Duration.ofDays(1)), "zoe", 1, 0);
        Claim large = new Claim(api, Limit.of(1000, Duration.ofDays(1)), "acme", 1, 0);
        assertThat(new AcquireRequest(List.of(small, large)).claims())
                .extracting(claim -> claim.limit().permits())
                .containsExactly(1000L, 2L);
    }

    @Test
    void joinsCostsThatOverflowToTheLargest() {
        AcquireRequest request =
                new AcquireRequest(List.of(claim("a", null, Long.MAX_VALUE, 0), claim("a", null, Long.MAX_VALUE, 0)));
        assertThat(request.claims()).containsExactly(claim("a", null, Long.MAX_VALUE, 0));
        assertThat(request.claims().get(0).aboveLimit()).isTrue();
    }

    @Test
    void keepsTheUnkeyedBucketApartFromTheOneOfNobodyInParticular() {
        assertThat(new AcquireRequest(List.of(claim("a", "", 1, 0), claim("a", null, 1, 0))).claims())
                .containsExactly(claim("a", null, 1, 0), claim("a", "", 1, 0));
    }

    @Test
    void doesNotChangeWithTheListItWasMadeOf() {
        List<Claim> claims = new ArrayList<>(List.of(claim("a", null, 1, 0)));
        AcquireRequest request = new AcquireRequest(claims);
        claims.clear();
        assertThat(request.claims()).hasSize(1);
    }

    @Test
    void ofNothingIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new AcquireRequest(List.of()))
                .withMessage("a request needs at least one claim");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void aClaimCostsAtLeastOne(long cost) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> claim("a", null, cost, 0))
                .withMessage("cost = " + cost + " for rate limit 'a' is not positive; a call costs at least 1");
    }

    @Test
    void aClaimWithANegativeWaitWaitsNotAtAll() {
        assertThat(claim("a", null, 1, -5).maxWaitNanos()).isZero();
    }

    @Test
    void claimsAreEqualIfTheyWantTheSameOfTheSameBucket() {
        assertThat(claim("a", "k", 2, 0)).isEqualTo(claim("a", "k", 2, 99)).hasSameHashCodeAs(claim("a", "k", 2, 99));
        assertThat(claim("a", "k", 2, 0))
                .isNotEqualTo(claim("a", "k", 3, 0))
                .isNotEqualTo(claim("a", "l", 2, 0))
                .isNotEqualTo(claim("a", null, 2, 0))
                .isNotEqualTo(claim("b", "k", 2, 0));
    }

    @Test
    void aClaimDoesNotShowItsKey() {
        assertThat(claim("a", "secret", 2, 0)).hasToString("2 of 'a' (10 per 1s)");
        assertThat(AcquireRequest.of(claim("a", "secret", 2, 0)).toString()).doesNotContain("secret");
    }

    private static Claim claim(String name, String key, long cost, long maxWait) {
        return new Claim(LimitName.of(name), LIMIT, key, cost, maxWait);
    }
}
