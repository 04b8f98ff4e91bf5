package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.ratelimited.Decision;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StoreRateLimiterRegistryTest {

    private static final LimitName CHECKOUT = LimitName.of("checkout");
    private static final Limit DECLARED = Limit.of(100, Duration.ofSeconds(1));
    private static final Limit REPLACED = Limit.of(1, Duration.ofSeconds(1));
    private static final Limit USED = DECLARED.withBurst(10);

    private static final LimitName PLACE = new LimitName("com.acme.Orders#place(long)", "Orders.place");
    private static final LimitName PLACE_ALL = new LimitName("com.acme.Orders#place(long[])", "Orders.place");

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

    @Test
    void aLimitIsFoundByTheNameThatADenialShows() {
        registry.use(PLACE, REPLACED, 0, "here", admission);
        RateLimiter limiter = registry.get(PLACE.id());
        assertThat(registry.get(limiter.peek().limitName())).isSameAs(limiter);
    }

    @Test
    void aLimitIsReplacedByTheNameThatADenialShows() {
        registry.use(PLACE, DECLARED, 0, "here", admission);
        registry.replace("Orders.place", REPLACED);
        assertThat(registry.get(PLACE.id()).peek().limit()).isEqualTo(REPLACED);
    }

    @Test
    void ofSeveralThatAreShownAlikeOneHasToBeTold() {
        registry.use(PLACE, DECLARED, 0, "here", admission);
        registry.use(PLACE_ALL, DECLARED, 0, "there", admission);
        String message = "'Orders.place' is what several rate limits are shown as; ask for one of"
                + " [com.acme.Orders#place(long), com.acme.Orders#place(long[])]";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.get("Orders.place"))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.replace("Orders.place", REPLACED))
                .withMessage(message);
    }

    @Test
    void aLimitsOwnNameComesBeforeWhatOthersAreShownAs() {
        registry.use(PLACE, DECLARED, 0, "here", admission);
        registry.use(LimitName.of("Orders.place"), REPLACED, 0, "there", admission);
        assertThat(registry.get("Orders.place").limit()).isEqualTo(REPLACED);
    }

    @Test
    void aLimitIsNotMistakenForItsPlans() {
        registry.use(CHECKOUT.ofPlan("gold"), USED, 0, "here", admission);
        registry.use(CHECKOUT.ofPlan("free"), USED, 0, "here", admission);
        registry.use(CHECKOUT, DECLARED, 0, "here", admission);
        assertThat(registry.get("checkout").limit()).isEqualTo(DECLARED);
    }

    @Test
    void whenItIsClosedFuturesAreDeniedAndTheirPermitsComeBack() {
        registry.use(PLACE, REPLACED, Duration.ofHours(1).toNanos(), "here", admission);
        RateLimiter limiter = registry.get(PLACE.id());
        limiter.tryAcquire();
        List<CompletableFuture<Void>> waiting =
                Stream.generate(limiter::acquireAsync).limit(3).toList();

        registry.close();

        waiting.forEach(future -> assertThat(future).isCompletedExceptionally());
        time.advance(Duration.ofSeconds(1));
        assertThat(limiter.tryAcquire()).isTrue();
    }

    @Test
    void whenItIsClosedThreadsAreLeftToThoseWhoHaveStartedThem() throws InterruptedException {
        registry.use(PLACE, REPLACED, Duration.ofHours(1).toNanos(), "here", admission);
        RateLimiter limiter = registry.get(PLACE.id());
        limiter.tryAcquire();
        FutureTask<Decision> waits = new FutureTask<>(() -> limiter.acquire(1, Duration.ofHours(1)));
        Thread thread = new Thread(waits);
        thread.start();
        time.awaitParkedThreads(1);

        registry.close();

        assertThat(waits).isNotDone();
        time.advance(Duration.ofSeconds(1));
        thread.join();
        assertThat(waits).isDone();
    }

    private void declareDifferently(Limit limit) {
        registry.change("checkout", new LimitChange(before -> limit, null, policy -> policy, true));
    }

    @Test
    void whoStillSaysWhatWasDeclaredBeforeHasWhatIsDeclaredNow() {
        registry.use(CHECKOUT, DECLARED, 0, "here", admission);
        declareDifferently(REPLACED);

        assertThat(registry.use(CHECKOUT, DECLARED, 0, "planned before", admission)
                        .limit())
                .isEqualTo(REPLACED);
        assertThat(registry.use(CHECKOUT, REPLACED, 0, "planned after", admission)
                        .limit())
                .isEqualTo(REPLACED);
        assertThatExceptionOfType(InvalidRateLimitException.class)
                .isThrownBy(() -> registry.use(CHECKOUT, Limit.of(9, Duration.ofSeconds(1)), 0, "there", admission));
    }

    @Test
    void theFirstWhoUsesALimitMayStillSayWhatWasDeclaredBefore() {
        registry.declare(CHECKOUT, DECLARED, 0, "there");
        declareDifferently(REPLACED);

        assertThat(registry.use(CHECKOUT, DECLARED, 0, "planned before", admission)
                        .limit())
                .isEqualTo(REPLACED);
        assertThat(registry.get("checkout").limit()).isEqualTo(REPLACED);
    }

    @Test
    void aChangeThatTheStoreCannotCountChangesNothing() {
        LimiterStore counting = new MemoryLimiterStore(time, 1_000);
        LimiterStore upToAHundred = (LimiterStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {LimiterStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("claim") && ((Limit) arguments[1]).permits() > 100) {
                        throw new InvalidRateLimitException("here", "more than 100 permits", "write fewer");
                    }
                    return method.invoke(counting, arguments);
                });
        Admission picky = new Admission(upToAHundred, time);
        StoreRateLimiterRegistry ofPicky = new StoreRateLimiterRegistry(picky);
        ofPicky.use(CHECKOUT, REPLACED, 0, "here", picky);
        RateLimiter limiter = ofPicky.get("checkout");

        assertThatExceptionOfType(InvalidRateLimitException.class)
                .isThrownBy(() -> ofPicky.replace("checkout", Limit.of(101, Duration.ofSeconds(1))))
                .withMessageContaining("more than 100");

        assertThat(limiter.limit()).isEqualTo(REPLACED);
        assertThat(limiter.tryAcquire()).isTrue();
        ofPicky.replace("checkout", DECLARED);
        assertThat(limiter.limit()).isEqualTo(DECLARED);
    }
}
