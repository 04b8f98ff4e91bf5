package io.github.ratelimited;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.StoreRateLimiter;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Giving back by a limiter what one of its decisions took, or anybody. */
class RefundTest {

    private final MutableTimeSource time = new MutableTimeSource();
    private final Admission admission = new Admission(new MemoryLimiterStore(time, 1_000), time);
    private final RateLimiter mail = limiter("mail");
    private final RateLimiter sms = limiter("sms");

    private RateLimiter limiter(String name) {
        return new StoreRateLimiter(LimitName.of(name), Limit.of(1, Duration.ofDays(1)), admission);
    }

    private static Decision taken(RateLimiter limiter) {
        return limiter.tryAcquire(1, Duration.ZERO);
    }

    @Test
    void letsTheNextCallerThrough() {
        mail.refund(taken(mail));
        assertThat(mail.tryAcquire()).isTrue();
    }

    @Test
    void ofADenialGivesNothing() {
        taken(mail);
        mail.refund(taken(mail));
        assertThat(mail.tryAcquire()).isFalse();
    }

    @Test
    void refusesADecisionOfAnotherLimiter() {
        taken(mail);
        Decision other = taken(sms);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mail.refund(other))
                .withMessageEndingWith(
                        " is not one of rate limit 'mail' alone; give it back to the limiter that made it");
        assertThat(mail.tryAcquire()).isFalse();
        sms.refund(other);
        assertThat(sms.tryAcquire()).isTrue();
    }

    @Test
    void refusesADecisionOnSeveralLimits() {
        Decision both = Decision.ofAll(List.of(taken(mail), taken(sms)));
        assertThatIllegalArgumentException().isThrownBy(() -> mail.refund(both));
    }

    @Test
    void needsNoDecisionOfAnOperator() {
        RateLimiter ann = mail.forKey("ann");
        taken(mail);
        taken(ann);
        limiter("mail").forKey("ann").giveBack(1);
        assertThat(mail.tryAcquire()).isFalse();
        assertThat(ann.tryAcquire()).isTrue();
        mail.giveBack(Long.MAX_VALUE);
        assertThat(mail.tryAcquire()).isTrue();
        assertThat(mail.tryAcquire()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void isOfOnePermitAtLeast(long permits) {
        assertThatIllegalArgumentException().isThrownBy(() -> mail.giveBack(permits));
    }
}
