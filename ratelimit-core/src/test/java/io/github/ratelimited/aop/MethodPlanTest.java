package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.lang.reflect.Method;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a method asks for is made once where it is the same for every call. */
class MethodPlanTest {

    static class Mail {

        @RateLimited(name = "second", permits = 10, per = "1s")
        @RateLimited(name = "hour", permits = 1000, per = "1h")
        public void send(String to) {}

        @RateLimited(name = "second", permits = 10, per = "1s")
        @RateLimited(name = "address", permits = 5, per = "1h", key = "#to")
        public void write(String to) {}
    }

    private final MutableTimeSource time = new MutableTimeSource();
    private final StoreRateLimiterRegistry registry =
            new StoreRateLimiterRegistry(new Admission(new MemoryLimiterStore(time, 1_000), time));
    private final MethodPlans plans = new MethodPlans(registry, LimitConfiguration.NONE, text -> text);

    private AcquireRequest request(String name, String to) throws Exception {
        Method method = Mail.class.getMethod(name, String.class);
        return plans.of(method, Mail.class).request(new TestCall(method, to));
    }

    @Test
    void ofLimitsThatAllAskTheSameOfEveryCall() throws Exception {
        AcquireRequest request = request("send", "ann");
        assertThat(request.claims()).extracting(claim -> claim.name().id()).containsExactly("hour", "second");
        assertThat(request("send", "bob")).isSameAs(request);
    }

    @Test
    void untilTheNumbersOfOneAreReplaced() throws Exception {
        AcquireRequest before = request("send", "ann");
        Limit replaced = Limit.of(1, Duration.ofSeconds(1));
        registry.replace("second", replaced);
        AcquireRequest after = request("send", "ann");
        assertThat(after).isNotSameAs(before);
        assertThat(after.claims().get(1).limit()).isEqualTo(replaced);
        assertThat(request("send", "ann")).isSameAs(after);
    }

    @Test
    void butNotWhereOneOfThemHasAKey() throws Exception {
        assertThat(request("write", "ann").claims()).extracting(Claim::key).containsExactly("ann", null);
        assertThat(request("write", "bob").claims()).extracting(Claim::key).containsExactly("bob", null);
    }
}
