package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Each attribute means the same on methods of every kind. */
class EveryKindOfMethodTest {

    // Not a @ParameterizedClass, which the JUnit of Spring Boot 3.5 does not have.
    @ParameterizedTest
    @ValueSource(classes = {Values.class, Futures.class, Stages.class, Monos.class, Fluxes.class})
    @Retention(RetentionPolicy.RUNTIME)
    @interface OnEachKind {}

    /** A call and, in its own class, what it falls back to; the kind of method is the implementation's. */
    interface Attributes {

        @RateLimited(permits = 1, per = "1d", key = "#id")
        Object keyed(String id);

        @RateLimited(permits = 10, per = "1d", cost = "#id.length()")
        Object costing(String id);

        @RateLimited(permits = 1, per = "1d", condition = "#id == 'limited'")
        Object onCondition(String id);

        @RateLimited(name = "planned", plan = "#id")
        Object planned(String id);

        @RateLimited(permits = 1, per = "1d", fallback = "instead")
        Object withFallback(String id);

        @RateLimited(permits = 1, per = "1d", key = "#id", store = "other")
        Object stored(String id);

        @RateLimited(name = "loose", permits = 5, per = "1d")
        @RateLimited(name = "tight", permits = 1, per = "1d", key = "#id")
        Object limitedTwice(String id);
    }

    static class Values implements Attributes {

        @Override
        public String keyed(String id) {
            return id;
        }

        @Override
        public String costing(String id) {
            return id;
        }

        @Override
        public String onCondition(String id) {
            return id;
        }

        @Override
        public String planned(String id) {
            return id;
        }

        @Override
        public String withFallback(String id) {
            return id;
        }

        String instead(String id, RateLimitExceededException denial) {
            return "instead of " + id;
        }

        @Override
        public String stored(String id) {
            return id;
        }

        @Override
        public String limitedTwice(String id) {
            return id;
        }
    }

    static class Futures implements Attributes {

        @Override
        public CompletableFuture<String> keyed(String id) {
            return CompletableFuture.completedFuture(id);
        }

        @Override
        public CompletableFuture<String> costing(String id) {
            return CompletableFuture.completedFuture(id);
        }

        @Override
        public CompletableFuture<String> onCondition(String id) {
            return CompletableFuture.completedFuture(id);
        }

        @Override
        public CompletableFuture<String> planned(String id) {
            return CompletableFuture.completedFuture(id);
        }

        @Override
        public CompletableFuture<String> withFallback(String id) {
            return CompletableFuture.completedFuture(id);
        }

        CompletableFuture<String> instead(String id, RateLimitExceededException denial) {
            return CompletableFuture.completedFuture("instead of " + id);
        }

        @Override
        public CompletableFuture<String> stored(String id) {
            return CompletableFuture.completedFuture(id);
        }

        @Override
        public CompletableFuture<String> limitedTwice(String id) {
            return CompletableFuture.completedFuture(id);
        }
    }

    static class Stages implements Attributes {

        @Override
        public CompletionStage<String> keyed(String id) {
            return CompletableFuture.completedStage(id);
        }

        @Override
        public CompletionStage<String> costing(String id) {
            return CompletableFuture.completedStage(id);
        }

        @Override
        public CompletionStage<String> onCondition(String id) {
            return CompletableFuture.completedStage(id);
        }

        @Override
        public CompletionStage<String> planned(String id) {
            return CompletableFuture.completedStage(id);
        }

        @Override
        public CompletionStage<String> withFallback(String id) {
            return CompletableFuture.completedStage(id);
        }

        CompletionStage<String> instead(String id, RateLimitExceededException denial) {
            return CompletableFuture.completedStage("instead of " + id);
        }

        @Override
        public CompletionStage<String> stored(String id) {
            return CompletableFuture.completedStage(id);
        }

        @Override
        public CompletionStage<String> limitedTwice(String id) {
            return CompletableFuture.completedStage(id);
        }
    }

    static class Monos implements Attributes {

        @Override
        public Mono<String> keyed(String id) {
            return Mono.just(id);
        }

        @Override
        public Mono<String> costing(String id) {
            return Mono.just(id);
        }

        @Override
        public Mono<String> onCondition(String id) {
            return Mono.just(id);
        }

        @Override
        public Mono<String> planned(String id) {
            return Mono.just(id);
        }

        @Override
        public Mono<String> withFallback(String id) {
            return Mono.just(id);
        }

        Mono<String> instead(String id, RateLimitExceededException denial) {
            return Mono.just("instead of " + id);
        }

        @Override
        public Mono<String> stored(String id) {
            return Mono.just(id);
        }

        @Override
        public Mono<String> limitedTwice(String id) {
            return Mono.just(id);
        }
    }

    static class Fluxes implements Attributes {

        @Override
        public Flux<String> keyed(String id) {
            return Flux.just(id);
        }

        @Override
        public Flux<String> costing(String id) {
            return Flux.just(id);
        }

        @Override
        public Flux<String> onCondition(String id) {
            return Flux.just(id);
        }

        @Override
        public Flux<String> planned(String id) {
            return Flux.just(id);
        }

        @Override
        public Flux<String> withFallback(String id) {
            return Flux.just(id);
        }

        Flux<String> instead(String id, RateLimitExceededException denial) {
            return Flux.just("instead of " + id);
        }

        @Override
        public Flux<String> stored(String id) {
            return Flux.just(id);
        }

        @Override
        public Flux<String> limitedTwice(String id) {
            return Flux.just(id);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Stores {

        @Bean
        LimiterStore other(TimeSource time) {
            return new MemoryLimiterStore(time, 100);
        }
    }

    @AutoClose
    private final Application application = new Application();

    private Attributes methodsOf(Class<?> kind) {
        return application
                .plans("planned", 1, Map.of("premium", 2L))
                .start(kind, Stores.class)
                .bean(Attributes.class);
    }

    /** What comes of a call, {@code null} if it is denied. */
    private static @Nullable String outcome(Supplier<Object> call) {
        try {
            Object result = call.get();
            if (result instanceof Mono<?> mono) {
                return (String) mono.block();
            }
            if (result instanceof Flux<?> flux) {
                return (String) flux.blockLast();
            }
            return (String)
                    (result instanceof CompletionStage<?> stage
                            ? stage.toCompletableFuture().join()
                            : result);
        } catch (RateLimitExceededException denied) {
            return null;
        } catch (CompletionException failed) {
            assertThat(failed).hasCauseInstanceOf(RateLimitExceededException.class);
            return null;
        }
    }

    private static int allowed(Supplier<Object> call) {
        int allowed = 0;
        for (int i = 0; i < 9; i++) {
            allowed += outcome(call) == null ? 0 : 1;
        }
        return allowed;
    }

    @OnEachKind
    void aKeyGivesEachValuePermitsOfItsOwn(Class<?> kind) {
        Attributes methods = methodsOf(kind);

        assertThat(allowed(() -> methods.keyed("ann"))).isEqualTo(1);
        assertThat(allowed(() -> methods.keyed("bob"))).isEqualTo(1);
    }

    @OnEachKind
    void aCostTakesSoManyPermits(Class<?> kind) {
        Attributes methods = methodsOf(kind);

        assertThat(allowed(() -> methods.costing("four"))).isEqualTo(2);
        assertThat(allowed(() -> methods.costing("1"))).isEqualTo(2);
    }

    @OnEachKind
    void aConditionLeavesTheOtherCallsFree(Class<?> kind) {
        Attributes methods = methodsOf(kind);

        assertThat(allowed(() -> methods.onCondition("free"))).isEqualTo(9);
        assertThat(allowed(() -> methods.onCondition("limited"))).isEqualTo(1);
    }

    @OnEachKind
    void aPlanPicksOtherNumbers(Class<?> kind) {
        Attributes methods = methodsOf(kind);

        assertThat(allowed(() -> methods.planned("premium"))).isEqualTo(2);
        assertThat(allowed(() -> methods.planned("none"))).isEqualTo(1);
    }

    @OnEachKind
    void aFallbackTakesThePlaceOfADeniedCall(Class<?> kind) {
        Attributes methods = methodsOf(kind);

        assertThat(outcome(() -> methods.withFallback("a"))).isEqualTo("a");
        assertThat(outcome(() -> methods.withFallback("b"))).isEqualTo("instead of b");
    }

    @OnEachKind
    void aStoreCounts(Class<?> kind) {
        Attributes methods = methodsOf(kind);

        assertThat(allowed(() -> methods.stored("ann"))).isEqualTo(1);
        assertThat(((MemoryLimiterStore) application.bean("other", LimiterStore.class)).keys())
                .isEqualTo(1);
    }

    @OnEachKind
    void severalLimitsAreTakenAllOrNone(Class<?> kind) {
        Attributes methods = methodsOf(kind);

        assertThat(allowed(() -> methods.limitedTwice("ann"))).isEqualTo(1);
        for (String other : new String[] {"bob", "cid", "dan", "eve"}) {
            assertThat(allowed(() -> methods.limitedTwice(other))).isEqualTo(1);
        }
        assertThat(allowed(() -> methods.limitedTwice("fay"))).isZero();
    }
}
