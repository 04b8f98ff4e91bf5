package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Attributes mean the same on methods that no proxy reaches, when AspectJ has woven them. */
@ExtendWith(WovenByAspectJ.class)
class WovenAttributesTest {

    static class Client {

        @RateLimited(permits = 10, per = "1d", cost = "#id.length()")
        final void costing(String id) {}

        @RateLimited(permits = 1, per = "1d", condition = "#id == 'limited'")
        final void onCondition(String id) {}

        @RateLimited(name = "planned", plan = "#id")
        final void planned(String id) {}

        @RateLimited(permits = 1, per = "1d", fallback = "instead")
        private String withFallback(String id) {
            return id;
        }

        String instead(String id) {
            return "instead of " + id;
        }

        @RateLimited(permits = 1, per = "1d", fallback = "sharedInstead")
        static String shared(String id) {
            return id;
        }

        static String sharedInstead(String id, RateLimitExceededException denial) {
            return "shared instead of " + id;
        }
    }

    /** The fallback is one of its limited methods. */
    @RateLimited(permits = 1, per = "1d", fallback = "cached")
    static class Remote {

        String get(String id) {
            return id;
        }

        String cached(String id) {
            return "cached " + id;
        }
    }

    static class Again {

        @RateLimited(permits = 1, per = "1d", fallback = "instead")
        String get() {
            return "got";
        }

        @RateLimited(permits = 1, per = "1d")
        String instead() {
            return calls-- > 0 ? instead() : "instead";
        }

        int calls;
    }

    static class AgainOfSubclass extends Again {

        @Override
        @RateLimited(permits = 1, per = "1d")
        String instead() {
            return "overridden";
        }
    }

    private final Client client = new Client();

    @Test
    void aCostTakesSoManyPermits() {
        assertThat(allowedOf(9, () -> client.costing("four"))).isEqualTo(2);
        assertThat(allowedOf(9, () -> client.costing("1"))).isEqualTo(2);
    }

    @Test
    void aConditionLeavesTheOtherCallsFree() {
        assertThat(allowedOf(9, () -> client.onCondition("free"))).isEqualTo(9);
        assertThat(allowedOf(9, () -> client.onCondition("limited"))).isEqualTo(1);
    }

    @Test
    void aPlanPicksOtherNumbers() {
        try (Application application = new Application().plans("planned", 1, Map.of("premium", 2L))) {
            application.start();
            Supplier<MethodPlans> plans = () -> application.bean(MethodPlans.class);
            RateLimitAspect.aspectOf().use(plans);
            try {
                assertThat(allowedOf(9, () -> client.planned("premium"))).isEqualTo(2);
                assertThat(allowedOf(9, () -> client.planned("none"))).isEqualTo(1);
            } finally {
                RateLimitAspect.aspectOf().release(plans);
            }
        }
    }

    @Test
    void aFallbackTakesThePlaceOfADeniedCall() {
        assertThat(client.withFallback("a")).isEqualTo("a");
        assertThat(client.withFallback("b")).isEqualTo("instead of b");
    }

    @Test
    void aFallbackOfAStaticMethodIsStatic() {
        assertThat(Client.shared("a")).isEqualTo("a");
        assertThat(Client.shared("b")).isEqualTo("shared instead of b");
    }

    @Test
    void aFallbackOfAClassIsLimitedOnlyWhenItIsCalledItself() {
        Remote remote = new Remote();

        assertThat(remote.get("a")).isEqualTo("a");
        assertThat(remote.get("b")).isEqualTo("cached b");
        assertThat(remote.get("c")).isEqualTo("cached c");
        assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(() -> remote.cached("d"));
    }

    @Test
    void aFallbackIsPastItsOwnLimit() {
        Again again = new Again();
        again.get();

        assertThat(again.get()).isEqualTo("instead");
        assertThat(again.get()).isEqualTo("instead");
        assertThat(allowedOf(9, again::instead)).isEqualTo(1);
    }

    @Test
    void aFallbackThatIsOverriddenIsPastItsLimitToo() {
        Again again = new AgainOfSubclass();
        again.get();

        assertThat(again.get()).isEqualTo("overridden");
        assertThat(again.get()).isEqualTo("overridden");
    }

    @Test
    void whatAFallbackCallsIsLimited() {
        Again again = new Again();
        again.get();
        again.calls = 2;

        assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(again::get);
    }
}
