package io.github.ratelimited.aop;

import static io.github.ratelimited.aop.Application.allowedOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Mono;

/** {@code @Cacheable} beside the limit: what the cache answers costs nothing, unless the limit is to come first. */
class CacheOrderTest {

    static class Prices {

        @Cacheable("prices")
        @RateLimited(permits = 2, per = "1d")
        public String of(String item) {
            return item + " 5";
        }

        @Cacheable(cacheNames = "synchronized", sync = true)
        @RateLimited(permits = 2, per = "1d")
        public String atOnce(String item) {
            return item + " 5";
        }

        @Cacheable("later")
        @RateLimited(permits = 2, per = "1d")
        public CompletableFuture<String> later(String item) {
            return CompletableFuture.completedFuture(item + " 5");
        }

        @Cacheable("mono")
        @RateLimited(permits = 2, per = "1d")
        public Mono<String> mono(String item) {
            return Mono.just(item + " 5");
        }

        @CacheEvict(cacheNames = "prices", allEntries = true)
        @RateLimited(permits = 1, per = "1d")
        public void changed() {}
    }

    interface Partner {

        @Cacheable("partner")
        @RateLimited(permits = 2, per = "1d")
        String fetch(String item);
    }

    static class HttpPartner implements Partner {

        @Override
        public String fetch(String item) {
            return item;
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Caches {

        @Bean
        CacheManager cacheManager() {
            return new ConcurrentMapCacheManager();
        }
    }

    private record Kind(String name, Lookup lookup) {

        interface Lookup {
            void of(Prices prices, String item);
        }

        Consumer<String> with(Prices prices) {
            return item -> lookup.of(prices, item);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Kind> kinds() {
        return Stream.of(
                new Kind("blocking", Prices::of),
                new Kind("synchronized", Prices::atOnce),
                new Kind("future", (prices, item) -> value(prices.later(item))),
                new Kind("mono", (prices, item) -> prices.mono(item).block()));
    }

    @AutoClose
    private final Application application = new Application();

    @ParameterizedTest
    @MethodSource("kinds")
    void aHitCostsNothing(Kind kind) {
        Prices prices = application.start(Caches.class, Prices.class).bean(Prices.class);
        Consumer<String> lookup = kind.with(prices);

        assertThat(allowedOf(9, () -> lookup.accept("tea"))).isEqualTo(9);
        assertThat(allowedOf(1, () -> lookup.accept("ham"))).isEqualTo(1);
        assertThat(allowedOf(1, () -> lookup.accept("egg"))).as("a third miss").isZero();
        assertThat(allowedOf(9, () -> lookup.accept("ham")))
                .as("hits of a spent limit")
                .isEqualTo(9);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aHitCostsAPermitIfTheLimitIsToComeFirst(Kind kind) {
        Prices prices =
                application.limitFirst().start(Caches.class, Prices.class).bean(Prices.class);
        Consumer<String> lookup = kind.with(prices);

        assertThat(allowedOf(9, () -> lookup.accept("tea"))).isEqualTo(2);
    }

    @Test
    void aDenialIsNotCached() {
        Prices prices = application.start(Caches.class, Prices.class).bean(Prices.class);
        allowedOf(2, () -> prices.of("tea"));
        prices.of("ham");
        assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(() -> prices.of("egg"));

        application.advance(Duration.ofDays(1));

        assertThat(prices.of("egg")).isEqualTo("egg 5");
    }

    @Test
    void aDeniedCallEvictsNothing() {
        Prices prices = application.start(Caches.class, Prices.class).bean(Prices.class);
        prices.changed();
        prices.of("tea");

        assertThatExceptionOfType(RateLimitExceededException.class).isThrownBy(prices::changed);

        assertThat(application
                        .bean(CacheManager.class)
                        .getCache("prices")
                        .get("tea")
                        .get())
                .isEqualTo("tea 5");
    }

    @Test
    void soItIsWhenTheProxyIsOfAnInterface() {
        Partner partner = application.start(Caches.class, HttpPartner.class).bean(Partner.class);

        assertThat(partner).isNotInstanceOf(HttpPartner.class);
        assertThat(allowedOf(9, () -> partner.fetch("tea"))).isEqualTo(9);
    }

    private static void value(CompletableFuture<String> future) {
        try {
            future.join();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof RateLimitExceededException denial) {
                throw denial;
            }
            throw failure;
        }
    }
}
