package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.TimeSource;
import io.reactivex.rxjava3.core.BackpressureStrategy;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.observers.TestObserver;
import io.reactivex.rxjava3.subscribers.TestSubscriber;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.Disposable;
import reactor.core.publisher.ConnectableFlux;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

/** Methods that return a publisher: each subscription is a call. */
@Timeout(20)
class ReactiveMethodTest {

    /** Who subscribed to what, and when. */
    static class Subscriptions {

        private final TimeSource time;
        private final List<String> seen = new CopyOnWriteArrayList<>();

        Subscriptions(TimeSource time) {
            this.time = time;
        }

        void add(String name) {
            seen.add(name + " at " + Duration.ofNanos(time.nanoTime()).toSeconds() + "s");
        }

        List<String> seen() {
            return seen;
        }
    }

    static class Partner {

        private final Subscriptions subscriptions;

        Partner(Subscriptions subscriptions) {
            this.subscriptions = subscriptions;
        }

        private Mono<String> noted(String name) {
            return Mono.fromSupplier(() -> {
                subscriptions.add(name);
                return name;
            });
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public Mono<String> mono(String name) {
            return noted(name);
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public Flux<String> flux(String name) {
            return noted(name).concatWith(Mono.just("end"));
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public Publisher<String> publisher(String name) {
            return noted(name);
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public Flow.Publisher<String> flow(String name) {
            return JdkFlowAdapter.publisherToFlowPublisher(noted(name));
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public Single<String> single(String name) {
            return Single.fromPublisher(noted(name));
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public Maybe<String> maybe(String name) {
            return Maybe.fromPublisher(noted(name));
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public Completable completable(String name) {
            return Completable.fromPublisher(noted(name));
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public Flowable<String> flowable(String name) {
            return Flowable.fromPublisher(noted(name));
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public Observable<String> observable(String name) {
            return Observable.fromPublisher(noted(name));
        }

        @RateLimited(permits = 3, per = "1d")
        public Mono<String> thrice() {
            return noted("thrice");
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public <T> Mono<T> given(Mono<T> given) {
            return given;
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public <T> Flux<T> given(Flux<T> given) {
            return given;
        }

        @RateLimited(permits = 1, per = "10s", key = "#id")
        public Mono<String> keyed(String id) {
            return noted(id);
        }

        @RateLimited(permits = 1, per = "10s")
        public @Nullable Mono<String> nothing() {
            return null;
        }

        @RateLimited(permits = 1, per = "10s")
        public Mono<String> failing() throws IOException {
            throw new IOException("while assembling");
        }
    }

    /** A kind of publisher, as Reactor sees it. */
    private record Kind(String type, Function<Partner, Function<String, Flux<?>>> calls) {

        Flux<?> of(Partner partner, String name) {
            return calls.apply(partner).apply(name);
        }

        @Override
        public String toString() {
            return type;
        }
    }

    static Stream<Kind> kinds() {
        return Stream.of(
                new Kind("Mono", partner -> name -> partner.mono(name).flux()),
                new Kind("Flux", partner -> partner::flux),
                new Kind("Publisher", partner -> name -> Flux.from(partner.publisher(name))),
                new Kind("Flow.Publisher", partner -> name -> JdkFlowAdapter.flowPublisherToFlux(partner.flow(name))),
                new Kind(
                        "Single",
                        partner -> name -> Flux.from(partner.single(name).toFlowable())),
                new Kind(
                        "Maybe",
                        partner -> name -> Flux.from(partner.maybe(name).toFlowable())),
                new Kind(
                        "Completable",
                        partner -> name -> Flux.from(partner.completable(name).toFlowable())),
                new Kind("Flowable", partner -> name -> Flux.from(partner.flowable(name))),
                new Kind(
                        "Observable",
                        partner ->
                                name -> Flux.from(partner.observable(name).toFlowable(BackpressureStrategy.BUFFER))));
    }

    @AutoClose
    private final Application application = new Application();

    private final Partner partner =
            application.start(Subscriptions.class, Partner.class).bean(Partner.class);
    private final Subscriptions subscriptions = application.bean(Subscriptions.class);

    /** A subscriber, and what it was told. */
    private static final class Subscriber {

        private final List<Object> values = new CopyOnWriteArrayList<>();
        private final List<Throwable> failures = new CopyOnWriteArrayList<>();
        private final AtomicInteger completions = new AtomicInteger();
        private final Disposable subscription;

        Subscriber(Publisher<?> publisher) {
            subscription = Flux.from(publisher).subscribe(values::add, failures::add, completions::incrementAndGet);
        }

        boolean waits() {
            return !subscription.isDisposed();
        }

        boolean isComplete() {
            return completions.get() == 1 && failures.isEmpty();
        }

        RateLimitExceededException denial() {
            assertThat(values).isEmpty();
            assertThat(failures).singleElement().isInstanceOf(RateLimitExceededException.class);
            return (RateLimitExceededException) failures.get(0);
        }
    }

    @Nested
    class EveryKindOfPublisher {

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.ReactiveMethodTest#kinds")
        void takesNothingByBeingAssembled(Kind kind) {
            for (int i = 0; i < 100; i++) {
                kind.of(partner, "unused");
            }

            assertThat(new Subscriber(kind.of(partner, "first")).isComplete()).isTrue();
            assertThat(subscriptions.seen()).containsExactly("first at 0s");
        }

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.ReactiveMethodTest#kinds")
        void asksAtEachSubscription(Kind kind) {
            Flux<?> call = kind.of(partner, "again");

            List<Subscriber> subscribers =
                    Stream.generate(() -> new Subscriber(call)).limit(4).toList();

            assertThat(subscribers.stream().map(Subscriber::waits)).containsExactly(false, true, true, false);
            assertThat(subscribers.get(3).denial().getRetryAfter()).isEqualTo(Duration.ofSeconds(30));
            application.advance(Duration.ofSeconds(10));
            assertThat(subscriptions.seen()).containsExactly("again at 0s", "again at 10s");
        }

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.ReactiveMethodTest#kinds")
        void waitsForItsTurnByATimer(Kind kind) {
            new Subscriber(kind.of(partner, "first"));
            Subscriber second = new Subscriber(kind.of(partner, "second"));

            assertThat(application.time().parkedThreads()).isZero();
            application.advance(Duration.ofSeconds(10).minusNanos(1));
            assertThat(second.waits()).isTrue();
            assertThat(subscriptions.seen()).containsExactly("first at 0s");

            application.advance(Duration.ofNanos(1));
            assertThat(second.isComplete()).isTrue();
            assertThat(subscriptions.seen()).containsExactly("first at 0s", "second at 10s");
        }

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.ReactiveMethodTest#kinds")
        void letsThemInInTheOrderOfTheirSubscriptions(Kind kind) {
            Flux<?> last = kind.of(partner, "last");
            new Subscriber(kind.of(partner, "first"));
            new Subscriber(kind.of(partner, "second"));
            new Subscriber(last);

            application.advance(Duration.ofSeconds(20));

            assertThat(subscriptions.seen()).containsExactly("first at 0s", "second at 10s", "last at 20s");
        }

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.ReactiveMethodTest#kinds")
        void givesThePermitBackWhenCancelledBeforeItsTurn(Kind kind) {
            new Subscriber(kind.of(partner, "first"));
            Subscriber second = new Subscriber(kind.of(partner, "second"));
            Subscriber third = new Subscriber(kind.of(partner, "third"));

            second.subscription.dispose();
            application.advance(Duration.ofSeconds(10));

            assertThat(third.isComplete()).as("moved up").isTrue();
            application.advance(Duration.ofSeconds(10));
            assertThat(new Subscriber(kind.of(partner, "fourth")).isComplete()).isTrue();
            assertThat(subscriptions.seen()).containsExactly("first at 0s", "third at 10s", "fourth at 20s");
            assertThat(second.completions).hasValue(0);
            assertThat(second.failures).isEmpty();
        }
    }

    @Nested
    class AMono {

        @Test
        void isDeniedByAnErrorSignal() {
            assertThat(partner.keyed("a").block()).isEqualTo("a");
            Mono<String> second = partner.keyed("a");

            StepVerifier.create(second)
                    .verifyErrorSatisfies(denial -> assertThat(denial)
                            .isInstanceOf(RateLimitExceededException.class)
                            .hasMessage("Rate limit 'Partner.keyed' exceeded: 1 per 10s; retry after 10s"));
            assertThat(partner.keyed("b").block()).isEqualTo("b");
            assertThat(subscriptions.seen()).containsExactly("a at 0s", "b at 0s");
        }

        @Test
        void isDeniedWithoutTakingAPermit() {
            partner.keyed("a").block();
            for (int i = 0; i < 100; i++) {
                new Subscriber(partner.keyed("a")).denial();
            }

            application.advance(Duration.ofSeconds(10));

            assertThat(partner.keyed("a").block()).isEqualTo("a");
        }

        @Test
        void countsEachRepetition() {
            StepVerifier.create(partner.thrice().repeat())
                    .expectNext("thrice", "thrice", "thrice")
                    .verifyError(RateLimitExceededException.class);
        }

        @Test
        void countsEachRetry() {
            AtomicInteger attempts = new AtomicInteger();
            Mono<String> flaky = partner.given(Mono.fromCallable(() -> {
                if (attempts.incrementAndGet() < 3) {
                    throw new IOException("down");
                }
                return "up";
            }));
            Subscriber retrying = new Subscriber(flaky.retry(5));

            assertThat(attempts).hasValue(1);
            application.advance(Duration.ofSeconds(10));
            assertThat(attempts).hasValue(2);
            application.advance(Duration.ofSeconds(10));
            assertThat(retrying.values).containsExactly("up");
        }

        @Test
        void givesThePermitBackWhenItsTimeIsOver() {
            partner.mono("first").block();
            Sinks.One<String> timeIsOver = Sinks.one();
            Subscriber second = new Subscriber(partner.mono("second").timeout(timeIsOver.asMono()));

            timeIsOver.tryEmitValue("now");

            assertThat(second.failures).singleElement().isInstanceOf(TimeoutException.class);
            Subscriber third = new Subscriber(partner.mono("third"));
            application.advance(Duration.ofSeconds(10));
            assertThat(third.isComplete()).isTrue();
            assertThat(subscriptions.seen()).containsExactly("first at 0s", "third at 10s");
        }

        @Test
        void waitsOnAThreadThatMustNotBlock() {
            partner.mono("first").block();
            Subscriber second = new Subscriber(partner.mono("second").subscribeOn(Schedulers.parallel()));
            Subscriber loop = new Subscriber(
                    Flux.range(0, 3).publishOn(Schedulers.single()).concatMap(each -> partner.keyed("key " + each)));

            while (!loop.isComplete()) {
                Thread.onSpinWait();
            }
            assertThat(second.waits()).isTrue();
            assertThat(application.time().parkedThreads()).isZero();
        }

        @Test
        void passesItsMethodsErrorAsItIs() {
            IOException failure = new IOException("down");
            Mono<String> failing = partner.given(Mono.error(failure));
            Subscriber first = new Subscriber(failing);
            Subscriber second = new Subscriber(failing);

            assertThat(first.failures).containsExactly(failure);
            application.advance(Duration.ofSeconds(10));
            assertThat(second.failures).containsExactly(failure);
        }

        @Test
        void doesNotTakeItsMethodsErrorForADenialOfItsOwn() {
            RateLimitExceededException other = new Subscriber(denied()).denial();
            partner.mono("first").block();
            Subscriber second = new Subscriber(partner.given(Mono.error(other)));

            application.advance(Duration.ofSeconds(10));

            assertThat(second.failures).containsExactly(other);
        }

        private Mono<String> denied() {
            partner.keyed("a").block();
            return partner.keyed("a");
        }

        @Test
        void mayBeEmpty() {
            Mono<Object> empty = partner.given(Mono.empty());
            StepVerifier.create(empty).verifyComplete();
            Subscriber second = new Subscriber(empty);

            application.advance(Duration.ofSeconds(10));

            assertThat(second.isComplete()).isTrue();
            assertThat(second.values).isEmpty();
        }

        @Test
        void hasTheContextOfItsSubscriber() {
            Mono<String> user = partner.given(Mono.deferContextual(context -> Mono.<String>just(context.get("user"))))
                    .contextWrite(context -> context.put("user", "ann"));
            Subscriber first = new Subscriber(user);
            Subscriber second = new Subscriber(user);

            application.advance(Duration.ofSeconds(10));

            assertThat(first.values).containsExactly("ann");
            assertThat(second.values).containsExactly("ann");
        }

        @Test
        void isCancelledInItsMethodOnceItsTurnHasCome() {
            TestPublisher<String> answer = TestPublisher.create();
            Mono<String> call = partner.given(answer.mono());
            new Subscriber(partner.given(Mono.just("first")));
            Subscriber second = new Subscriber(call);
            answer.assertWasNotSubscribed();
            application.advance(Duration.ofSeconds(10));
            answer.assertWasSubscribed();

            second.subscription.dispose();

            answer.assertCancelled();
            Subscriber third = new Subscriber(call);
            answer.assertNoSubscribers();
            assertThat(third.waits()).as("the permit was not given back").isTrue();
        }

        @Test
        void mayBeMissing() {
            assertThat(partner.nothing()).isNull();
        }

        @Test
        void throwsWhatItsMethodThrowsWhileAssembling() {
            assertThatThrownBy(partner::failing).isInstanceOf(IOException.class).hasMessage("while assembling");
        }
    }

    @Nested
    class AFlux {

        @Test
        void takesOnePermitForAllItsElements() {
            StepVerifier.create(partner.given(Flux.range(0, 1000)))
                    .expectNextCount(1000)
                    .verifyComplete();
        }

        @Test
        void isAskedForNoMoreThanItsSubscriberWants() {
            List<Long> requests = new ArrayList<>();
            Flux<Integer> call = partner.given(Flux.range(0, 100).doOnRequest(requests::add));

            StepVerifier.create(call, 0)
                    .expectSubscription()
                    .thenRequest(2)
                    .expectNext(0, 1)
                    .thenRequest(1)
                    .expectNext(2)
                    .thenCancel()
                    .verify();

            assertThat(requests).containsExactly(2L, 1L);
        }

        @Test
        void isAskedForNoMoreAfterAWaitEither() {
            List<Long> requests = new ArrayList<>();
            Flux<Integer> call = partner.given(Flux.range(0, 100).doOnRequest(requests::add));
            new Subscriber(partner.given(Flux.just("first")));

            StepVerifier.create(call, 0)
                    .expectSubscription()
                    .thenRequest(2)
                    .then(() -> assertThat(requests).isEmpty())
                    .then(() -> application.advance(Duration.ofSeconds(10)))
                    .expectNext(0, 1)
                    .thenRequest(1)
                    .expectNext(2)
                    .thenCancel()
                    .verify();

            assertThat(requests).containsExactly(2L, 1L);
        }

        @Test
        void givesThePermitBackWhenCancelledBeforeAnythingWasAskedFor() {
            new Subscriber(partner.flux("first"));
            StepVerifier.create(partner.flux("second"), 0).thenCancel().verify();
            Subscriber third = new Subscriber(partner.flux("third"));

            application.advance(Duration.ofSeconds(10));

            assertThat(third.values).containsExactly("third", "end");
        }

        @Test
        void countsEachRepetition() {
            Subscriber repeating = new Subscriber(partner.flux("again").repeat(2));
            assertThat(repeating.values).containsExactly("again", "end");

            application.advance(Duration.ofSeconds(20));

            assertThat(repeating.isComplete()).isTrue();
            assertThat(subscriptions.seen()).containsExactly("again at 0s", "again at 10s", "again at 20s");
        }
    }

    /** What would wait for each subscription is none of these. */
    @Nested
    class ASubtypeOfAReactiveType {

        interface Stage<T> extends CompletionStage<T> {}

        static class Feeds {

            private final AtomicInteger asked = new AtomicInteger();

            @RateLimited(permits = 2, per = "1d")
            public ConnectableFlux<String> connectable() {
                return Flux.just("tick").publish();
            }

            @RateLimited(permits = 2, per = "1d")
            public @Nullable Stage<String> stage() {
                asked.incrementAndGet();
                return null;
            }

            public int asked() {
                return asked.get();
            }
        }

        @AutoClose
        private final Application feeding = new Application();

        private final Feeds feeds = feeding.start(Feeds.class).bean(Feeds.class);

        @Test
        void isCountedCallByCall() {
            assertThat(Application.allowedOf(9, feeds::connectable)).isEqualTo(2);
        }

        @Test
        void isMadeOnlyWhenItIsLetIn() {
            assertThat(Application.allowedOf(9, feeds::stage)).isEqualTo(2);
            assertThat(feeds.asked()).isEqualTo(2);
        }
    }

    @Nested
    class AFlowableOfRxJava {

        @Test
        void isAskedForNoMoreThanItsSubscriberWants() {
            TestSubscriber<String> subscriber = partner.flowable("first")
                    .concatWith(partner.flowable("second"))
                    .test(1);

            subscriber.assertValuesOnly("first");
            application.advance(Duration.ofSeconds(10));
            subscriber.assertValuesOnly("first");
            subscriber.request(1);
            subscriber.assertResult("first", "second");
        }
    }

    @Nested
    class ASingleOfRxJava {

        @Test
        void isDeniedByItsOwnErrorSignal() {
            partner.single("first").test().assertResult("first");
            TestObserver<String> second = partner.single("second").test();
            TestObserver<String> third = partner.single("third").test();

            TestObserver<String> fourth = partner.single("fourth").test();

            fourth.assertFailure(RateLimitExceededException.class);
            second.assertEmpty();
            third.assertEmpty();
        }
    }

    @Nested
    class AFallback {

        static class Shop {

            private final AtomicInteger fallbacks = new AtomicInteger();

            @RateLimited(permits = 1, per = "10s", fallback = "cached")
            public Mono<String> price(String item) {
                return Mono.just("fresh " + item);
            }

            Mono<String> cached(String item, RateLimitExceededException denial) {
                int number = fallbacks.incrementAndGet();
                return Mono.fromSupplier(() -> "cached " + item + " " + number + ", fresh in "
                        + denial.getRetryAfter().toSeconds() + "s");
            }

            @RateLimited(permits = 1, per = "10s", fallback = "cachedAll")
            public Flux<String> prices() {
                return Flux.just("fresh tea", "fresh milk");
            }

            Flux<String> cachedAll() {
                return Flux.just("cached tea", "cached milk");
            }

            @RateLimited(permits = 1, per = "10s", fallback = "cachedSingle")
            public Single<String> single() {
                return Single.just("fresh");
            }

            Single<String> cachedSingle(RateLimitExceededException denial) {
                return Single.just("cached instead of " + denial.getLimitName());
            }

            @RateLimited(permits = 1, per = "10s", fallback = "refused")
            public Mono<String> refusing() {
                return Mono.just("fresh");
            }

            Mono<String> refused(RateLimitExceededException denial) throws IOException {
                throw new IOException("nothing in the cache", denial);
            }

            @RateLimited(permits = 1, per = "10s", fallback = "deniedAgain")
            public Mono<String> twiceDenied() {
                return Mono.just("fresh");
            }

            Mono<String> deniedAgain(RateLimitExceededException denial) {
                fallbacks.incrementAndGet();
                return Mono.error(denial);
            }

            @RateLimited(permits = 1, per = "10s", fallback = "none")
            public Mono<String> without() {
                return Mono.just("fresh");
            }

            @Nullable
            Mono<String> none() {
                return null;
            }

            public int fallbacks() {
                return fallbacks.get();
            }
        }

        @AutoClose
        private final Application shopping = new Application();

        private final Shop shop = shopping.start(Shop.class).bean(Shop.class);

        @Test
        void standsInForADeniedSubscription() {
            Mono<String> price = shop.price("tea");

            assertThat(price.block()).isEqualTo("fresh tea");
            assertThat(price.block()).isEqualTo("cached tea 1, fresh in 10s");
            assertThat(price.block()).isEqualTo("cached tea 2, fresh in 10s");
            shopping.advance(Duration.ofSeconds(10));
            assertThat(price.block()).isEqualTo("fresh tea");
        }

        @Test
        void isNotCalledWhileNobodySubscribes() {
            shop.price("tea").block();
            shop.price("tea");

            assertThat(shop.fallbacks()).isZero();
        }

        @Test
        void mayBeAFlux() {
            assertThat(shop.prices().collectList().block()).containsExactly("fresh tea", "fresh milk");
            assertThat(shop.prices().collectList().block()).containsExactly("cached tea", "cached milk");
        }

        @Test
        void mayBeOfAnotherReactiveType() {
            shop.single().test().assertResult("fresh");
            shop.single().test().assertResult("cached instead of Shop.single");
        }

        @Test
        void mayThrowWhatComesAsAnErrorSignal() {
            shop.refusing().block();

            StepVerifier.create(shop.refusing())
                    .verifyErrorSatisfies(failure -> assertThat(failure)
                            .isInstanceOf(IOException.class)
                            .hasMessage("nothing in the cache")
                            .hasCauseInstanceOf(RateLimitExceededException.class));
        }

        @Test
        void mayFailWithTheDenialWithoutBeingCalledAgain() {
            shop.twiceDenied().block();

            StepVerifier.create(shop.twiceDenied()).verifyError(RateLimitExceededException.class);
            assertThat(shop.fallbacks()).isOne();
        }

        @Test
        void thatReturnsNothingIsEmpty() {
            shop.without().block();

            StepVerifier.create(shop.without()).verifyComplete();
        }
    }

    @Test
    void aContextWhoseVariablesAreNoMapIsAMistakeThatNamesItsKey() {
        StepVerifier.create(
                        partner.mono("a").contextWrite(context -> context.put(CallVariables.REACTOR_CONTEXT, "ann")))
                .verifyErrorSatisfies(failure -> assertThat(failure)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("'" + CallVariables.REACTOR_CONTEXT + "'")
                        .hasMessageContaining("java.lang.String"));
    }
}
