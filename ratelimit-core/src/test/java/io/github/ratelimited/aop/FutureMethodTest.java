package io.github.ratelimited.aop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ratelimited.Decision.Reason;
import io.github.ratelimited.RateLimitExceededException;
import io.github.ratelimited.RateLimited;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.test.MutableTimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.stereotype.Component;

/** Methods that return a future: their callers are never blocked, and all there is to tell comes through the future. */
@Timeout(20)
class FutureMethodTest {

    /** What the method of that name returns, for each call in turn; a call without an answer is answered by its name. */
    static class Answers {

        private final TimeSource time;
        private final Map<String, Future<String>> answers = new ConcurrentHashMap<>();
        private final List<String> calls = new CopyOnWriteArrayList<>();

        Answers(TimeSource time) {
            this.time = time;
        }

        void put(String name, Future<String> answer) {
            answers.put(name, answer);
        }

        Future<String> get(String name) {
            calls.add(name + " at " + Duration.ofNanos(time.nanoTime()).toSeconds() + "s");
            Future<String> answer = answers.get(name);
            return answer == null ? CompletableFuture.completedFuture(name) : answer;
        }
    }

    static class Partner {

        private final Answers answers;

        Partner(Answers answers) {
            this.answers = answers;
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public CompletableFuture<String> future(String name) {
            return (CompletableFuture<String>) answers.get(name);
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public CompletionStage<String> stage(String name) {
            return (CompletableFuture<String>) answers.get(name);
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public Future<String> plain(String name) {
            return answers.get(name);
        }

        @RateLimited(permits = 1, per = "10s")
        public CompletableFuture<String> futureNow(String name) {
            return (CompletableFuture<String>) answers.get(name);
        }

        @RateLimited(permits = 1, per = "10s")
        public CompletionStage<String> stageNow(String name) {
            return (CompletableFuture<String>) answers.get(name);
        }

        @RateLimited(permits = 1, per = "10s")
        public Future<String> plainNow(String name) {
            return answers.get(name);
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public @Nullable CompletableFuture<String> nothing() {
            return null;
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "25s")
        public CompletableFuture<String> failing(Exception thrown) throws Exception {
            throw thrown;
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "1m")
        @RateLimited(permits = 2, per = "1m", maxWait = "1m")
        public CompletableFuture<String> underBoth(String name) {
            return (CompletableFuture<String>) answers.get(name);
        }

        @RateLimited(permits = 1, per = "10s", maxWait = "10s", key = "#id")
        public CompletableFuture<String> keyed(String id) {
            return CompletableFuture.completedFuture(id);
        }
    }

    /** A method as its caller sees it. */
    private interface Call {

        Future<String> of(Partner partner, String name);
    }

    private record Kind(String type, Call waiting, Call now) {

        @Override
        public String toString() {
            return type;
        }
    }

    static Stream<Kind> kinds() {
        return Stream.of(
                new Kind("CompletableFuture", Partner::future, Partner::futureNow),
                new Kind(
                        "CompletionStage",
                        (partner, name) -> partner.stage(name).toCompletableFuture(),
                        (partner, name) -> partner.stageNow(name).toCompletableFuture()),
                new Kind("Future", Partner::plain, Partner::plainNow));
    }

    @AutoClose
    private final Application application = new Application();

    private static RateLimitExceededException denial(Future<?> denied) {
        assertThat(denied.isDone()).isTrue();
        return (RateLimitExceededException) failure(denied);
    }

    private static Throwable failure(Future<?> failed) {
        try {
            throw new AssertionError("not failed, but " + failed.get(10, TimeUnit.SECONDS));
        } catch (ExecutionException failure) {
            return failure.getCause();
        } catch (InterruptedException | TimeoutException unexpected) {
            throw new AssertionError(unexpected);
        }
    }

    private static String value(Future<String> done) throws Exception {
        return done.get(10, TimeUnit.SECONDS);
    }

    @Nested
    class ACallThatIsLetInAtOnce {

        private final Partner partner =
                application.start(Answers.class, Partner.class).bean(Partner.class);
        private final Answers answers = application.bean(Answers.class);

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.FutureMethodTest#kinds")
        void hasTheVeryFutureOfTheMethod(Kind kind) {
            CompletableFuture<String> answer = new CompletableFuture<>();
            answers.put("first", answer);

            assertThat(kind.waiting().of(partner, "first")).isSameAs(answer);
        }

        @Test
        void mayHaveAFutureOfAnySort() {
            FutureTask<String> answer = new FutureTask<>(() -> "done");
            answers.put("first", answer);

            assertThat(partner.plain("first")).isSameAs(answer);
        }

        @Test
        void mayHaveNone() {
            assertThat(partner.nothing()).isNull();
        }

        @Test
        void throwsWhatTheMethodThrows() {
            IOException failure = new IOException("down");

            assertThatThrownBy(() -> partner.failing(failure)).isSameAs(failure);
        }
    }

    @Nested
    class ACallThatIsDenied {

        private final Partner partner =
                application.start(Answers.class, Partner.class).bean(Partner.class);
        private final Answers answers = application.bean(Answers.class);

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.FutureMethodTest#kinds")
        void isToldThroughItsFuture(Kind kind) {
            kind.now().of(partner, "first");

            RateLimitExceededException denial = denial(kind.now().of(partner, "second"));

            assertThat(denial).hasMessageMatching("Rate limit 'Partner\\.\\w+' exceeded: 1 per 10s; retry after 10s");
            assertThat(denial.getDecision().reason()).isEqualTo(Reason.OVER_LIMIT);
            assertThat(answers.calls).containsExactly("first at 0s");
        }

        @Test
        void isToldWithoutAWrapper() {
            partner.futureNow("first");
            List<Throwable> failures = new ArrayList<>();

            partner.futureNow("second").whenComplete((value, failure) -> failures.add(failure));

            assertThat(failures).singleElement().isInstanceOf(RateLimitExceededException.class);
        }

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.FutureMethodTest#kinds")
        void takesNoPermit(Kind kind) throws Exception {
            kind.now().of(partner, "first");
            IntStream.range(0, 100).forEach(each -> denial(kind.now().of(partner, "denied")));

            application.advance(Duration.ofSeconds(10));

            assertThat(value(kind.now().of(partner, "second"))).isEqualTo("second");
        }

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.FutureMethodTest#kinds")
        void isToldAtOnceIfItsTurnWouldComeTooLate(Kind kind) {
            kind.waiting().of(partner, "first");
            Future<String> second = kind.waiting().of(partner, "second");
            Future<String> third = kind.waiting().of(partner, "third");

            assertThat(denial(kind.waiting().of(partner, "fourth")).getRetryAfter())
                    .isEqualTo(Duration.ofSeconds(30));
            assertThat(second.isDone()).isFalse();
            assertThat(third.isDone()).isFalse();
        }
    }

    @Nested
    class ACallThatWaits {

        private final Partner partner =
                application.start(Answers.class, Partner.class).bean(Partner.class);
        private final Answers answers = application.bean(Answers.class);

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.FutureMethodTest#kinds")
        void isMadeAtItsTurnAndNotBefore(Kind kind) throws Exception {
            kind.waiting().of(partner, "first");
            Future<String> second = kind.waiting().of(partner, "second");

            application.advance(Duration.ofSeconds(10).minusNanos(1));
            assertThat(second.isDone()).isFalse();
            assertThat(answers.calls).containsExactly("first at 0s");

            application.advance(Duration.ofNanos(1));
            assertThat(second.isDone()).isTrue();
            assertThat(value(second)).isEqualTo("second");
            assertThat(answers.calls).containsExactly("first at 0s", "second at 10s");
        }

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.FutureMethodTest#kinds")
        void holdsNoThread(Kind kind) {
            kind.waiting().of(partner, "first");

            Future<String> second = kind.waiting().of(partner, "second");

            assertThat(second.isDone()).as("we are back, and it is not").isFalse();
            assertThat(application.time().parkedThreads()).isZero();
        }

        @Test
        void isNotDeniedBecauseItsThreadIsInterrupted() throws Exception {
            partner.future("first");
            Thread.currentThread().interrupt();
            CompletableFuture<String> second = partner.future("second");

            assertThat(Thread.interrupted()).as("the flag is left alone").isTrue();
            application.advance(Duration.ofSeconds(10));
            assertThat(value(second)).isEqualTo("second");
        }

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.FutureMethodTest#kinds")
        void isDeniedWhenItsApplicationEnds(Kind kind) {
            MutableTimeSource time = application.time();
            kind.waiting().of(partner, "first");
            Future<String> second = kind.waiting().of(partner, "second");
            Future<String> third = kind.waiting().of(partner, "third");

            application.close();

            assertThat(List.of(denial(second), denial(third)))
                    .extracting(denial -> denial.getDecision().reason())
                    .containsOnly(Reason.INTERRUPTED);
            time.advance(Duration.ofSeconds(20));
            assertThat(answers.calls).containsExactly("first at 0s");
        }

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.FutureMethodTest#kinds")
        void goesInTheOrderOfArrival(Kind kind) throws Exception {
            kind.waiting().of(partner, "first");
            Future<String> second = kind.waiting().of(partner, "second");
            Future<String> third = kind.waiting().of(partner, "third");

            application.advance(Duration.ofSeconds(10));
            assertThat(value(second)).isEqualTo("second");
            assertThat(third.isDone()).isFalse();
            application.advance(Duration.ofSeconds(10));
            assertThat(value(third)).isEqualTo("third");
            assertThat(answers.calls).containsExactly("first at 0s", "second at 10s", "third at 20s");
        }

        @Test
        void waitsForTheSlowestOfItsLimits() throws Exception {
            partner.underBoth("first");
            CompletableFuture<String> second = partner.underBoth("second");
            CompletableFuture<String> third = partner.underBoth("third");

            application.advance(Duration.ofSeconds(10));
            assertThat(value(second)).isEqualTo("second");
            application.advance(Duration.ofSeconds(20).minusNanos(1));
            assertThat(third.isDone()).isFalse();
            application.advance(Duration.ofNanos(1));
            assertThat(value(third)).isEqualTo("third");
        }

        @Test
        void waitsForThoseOfItsKeyOnly() throws Exception {
            partner.keyed("a");
            CompletableFuture<String> waiting = partner.keyed("a");

            assertThat(value(partner.keyed("b"))).isEqualTo("b");
            assertThat(waiting.isDone()).isFalse();
        }

        @Test
        void isDoneWhenTheFutureOfTheMethodIs() throws Exception {
            CompletableFuture<String> answer = new CompletableFuture<>();
            answers.put("second", answer);
            partner.future("first");
            CompletableFuture<String> second = partner.future("second");

            application.advance(Duration.ofSeconds(10));
            assertThat(second.isDone()).isFalse();
            answer.complete("at last");
            assertThat(value(second)).isEqualTo("at last");
        }

        @Test
        void isDoneWhenAFutureThatOnlyItsGetterTellsOfIs() throws Exception {
            FutureTask<String> answer = new FutureTask<>(() -> "at last");
            answers.put("second", answer);
            partner.plain("first");
            Future<String> second = partner.plain("second");

            application.advance(Duration.ofSeconds(10));
            assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> second.get(20, TimeUnit.MILLISECONDS));
            answer.run();
            assertThat(value(second)).isEqualTo("at last");
        }

        @Test
        void leavesTheCommonPoolToOthersWhenOnlyGettersTell() throws Exception {
            int calls = ForkJoinPool.getCommonPoolParallelism() + 2;
            List<FutureTask<String>> unfinished = new ArrayList<>();
            for (int i = 0; i < calls; i++) {
                unfinished.add(new FutureTask<>(() -> "at last"));
                answers.put("call " + i, unfinished.get(i));
            }
            List<Future<String>> waiting = new ArrayList<>();
            for (int i = 0; i < calls; i++) {
                partner.plain("before call " + i);
                waiting.add(partner.plain("call " + i));
                application.advance(Duration.ofSeconds(20));
            }

            CompletableFuture<String> other = CompletableFuture.supplyAsync(() -> "not held up");
            try {
                assertThat(value(other)).isEqualTo("not held up");
            } finally {
                unfinished.forEach(FutureTask::run);
            }
            for (Future<String> each : waiting) {
                assertThat(value(each)).isEqualTo("at last");
            }
        }

        @Test
        void hasNoValueIfTheMethodReturnsNone() throws Exception {
            partner.nothing();
            CompletableFuture<String> second = partner.nothing();
            assertThat(second).isNotDone();

            application.advance(Duration.ofSeconds(10));
            assertThat(second).isCompletedWithValue(null);
        }
    }

    @Nested
    class TheMethodsOwnException {

        private final Partner partner =
                application.start(Answers.class, Partner.class).bean(Partner.class);
        private final Answers answers = application.bean(Answers.class);
        private final IOException failure = new IOException("down");

        @Test
        void comesThroughTheFutureWhenThrownAfterAWait() {
            assertThatThrownBy(() -> partner.failing(failure)).isSameAs(failure);
            CompletableFuture<String> second = waitingFailure();
            List<Throwable> failures = new ArrayList<>();
            second.whenComplete((value, thrown) -> failures.add(thrown));

            application.advance(Duration.ofSeconds(10));

            assertThat(failures).containsExactly(failure);
            assertThat(failure(second)).isSameAs(failure);
        }

        private CompletableFuture<String> waitingFailure() {
            try {
                return partner.failing(failure);
            } catch (Exception thrown) {
                throw new AssertionError("thrown at its caller", thrown);
            }
        }

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.FutureMethodTest#kinds")
        void comesThroughAsItIsInTheFutureOfTheMethod(Kind kind) {
            answers.put("second", CompletableFuture.failedFuture(failure));
            kind.waiting().of(partner, "first");
            Future<String> second = kind.waiting().of(partner, "second");

            application.advance(Duration.ofSeconds(10));

            assertThat(failure(second)).isSameAs(failure);
        }

        @Test
        void comesThroughFromALaterStageOfTheMethodsFuture() {
            answers.put(
                    "second",
                    CompletableFuture.completedFuture("fine")
                            .thenCompose(fine -> CompletableFuture.failedFuture(failure)));
            partner.future("first");
            CompletableFuture<String> second = partner.future("second");

            application.advance(Duration.ofSeconds(10));

            assertThat(failure(second)).isSameAs(failure);
        }

        @Test
        void comesThroughFromAFutureThatOnlyItsGetterTellsOf() {
            FutureTask<String> answer = new FutureTask<>(() -> {
                throw failure;
            });
            answers.put("second", answer);
            partner.plain("first");
            Future<String> second = partner.plain("second");

            application.advance(Duration.ofSeconds(10));
            answer.run();

            assertThat(failure(second)).isSameAs(failure);
        }

        @Test
        void isNotTakenForADenialOfOurs() {
            RateLimitExceededException other = denial(deniedElsewhere());
            answers.put("second", CompletableFuture.failedFuture(other));
            partner.future("first");
            CompletableFuture<String> second = partner.future("second");

            application.advance(Duration.ofSeconds(10));

            assertThat(failure(second)).isSameAs(other);
        }

        private Future<String> deniedElsewhere() {
            partner.futureNow("elsewhere");
            return partner.futureNow("elsewhere");
        }
    }

    @Nested
    class AWaiterThatGivesUp {

        private final Partner partner =
                application.start(Answers.class, Partner.class).bean(Partner.class);
        private final Answers answers = application.bean(Answers.class);

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.FutureMethodTest#kinds")
        void givesItsPermitBackAndIsNeverCalled(Kind kind) throws Exception {
            kind.waiting().of(partner, "first");
            Future<String> second = kind.waiting().of(partner, "second");

            assertThat(second.cancel(true)).isTrue();
            assertThat(second.isCancelled()).isTrue();
            Future<String> third = kind.waiting().of(partner, "third");
            application.advance(Duration.ofSeconds(10));

            assertThat(value(third)).isEqualTo("third");
            application.advance(Duration.ofMinutes(1));
            assertThat(answers.calls).containsExactly("first at 0s", "third at 10s");
        }

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.FutureMethodTest#kinds")
        void letsThoseBehindMoveUp(Kind kind) throws Exception {
            kind.waiting().of(partner, "first");
            Future<String> second = kind.waiting().of(partner, "second");
            Future<String> third = kind.waiting().of(partner, "third");

            second.cancel(false);
            application.advance(Duration.ofSeconds(10));

            assertThat(value(third)).isEqualTo("third");
        }

        @Test
        void mayDoSoBecauseItsTimeIsOver() {
            partner.future("first");
            CompletableFuture<String> second = partner.future("second").orTimeout(1, TimeUnit.MILLISECONDS);

            assertThat(failure(second)).isInstanceOf(TimeoutException.class);
            isOut();
        }

        @Test
        void mayDoSoWithAValueInsteadWhenItsTimeIsOver() throws Exception {
            partner.future("first");
            CompletableFuture<String> second =
                    partner.future("second").completeOnTimeout("instead", 1, TimeUnit.MILLISECONDS);

            assertThat(value(second)).isEqualTo("instead");
            isOut();
        }

        @Test
        void mayDoSoBecauseItHasGotAnAnswerFromElsewhere() {
            partner.future("first");
            CompletableFuture<String> second = partner.future("second");

            assertThat(second.complete("from elsewhere")).isTrue();

            assertThat(second).isCompletedWithValue("from elsewhere");
            isOut();
        }

        /** The second has given up: a third gets the turn, and the method has not been called for the second. */
        private void isOut() {
            CompletableFuture<String> third = partner.future("third");
            application.advance(Duration.ofSeconds(10));
            assertThat(third).isCompletedWithValue("third");
            assertThat(answers.calls).containsExactly("first at 0s", "third at 10s");
        }

        @Test
        void doesNotGiveUpByGettingImpatient() throws Exception {
            partner.future("first");
            CompletableFuture<String> second = partner.future("second");

            assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> second.get(1, TimeUnit.MILLISECONDS));
            application.advance(Duration.ofSeconds(10));
            assertThat(value(second)).isEqualTo("second");
        }

        @Test
        void leavesNothingBehindWhenAllDo() {
            partner.future("first");
            List<CompletableFuture<String>> waiting = List.of(partner.future("second"), partner.future("third"));
            waiting.forEach(each -> each.cancel(false));

            application.advance(Duration.ofSeconds(10));

            assertThat(partner.future("fourth")).isCompletedWithValue("fourth");
        }
    }

    @Nested
    class AWaiterWhoseTurnHasCome {

        private final Partner partner =
                application.start(Answers.class, Partner.class).bean(Partner.class);
        private final Answers answers = application.bean(Answers.class);

        @ParameterizedTest
        @MethodSource("io.github.ratelimited.aop.FutureMethodTest#kinds")
        void cancelsTheFutureOfTheMethod(Kind kind) {
            CompletableFuture<String> answer = new CompletableFuture<>();
            cancelsAfterItsTurn(kind.waiting(), answer);
        }

        @Test
        void cancelsAFutureThatOnlyItsGetterTellsOf() {
            cancelsAfterItsTurn(Partner::plain, new FutureTask<>(() -> "too late"));
        }

        private void cancelsAfterItsTurn(Call call, Future<String> answer) {
            answers.put("second", answer);
            call.of(partner, "first");
            Future<String> second = call.of(partner, "second");
            application.advance(Duration.ofSeconds(10));

            assertThat(second.cancel(true)).isTrue();

            assertThat(answer.isCancelled()).isTrue();
        }

        @Test
        void isCancelledWhenTheFutureOfTheMethodIs() {
            CompletableFuture<String> answer = new CompletableFuture<>();
            answers.put("second", answer);
            partner.future("first");
            CompletableFuture<String> second = partner.future("second");
            application.advance(Duration.ofSeconds(10));

            answer.cancel(true);

            assertThat(second.isCancelled()).isTrue();
        }

        @Test
        void isCancelledWhenAFutureThatOnlyItsGetterTellsOfIs() {
            FutureTask<String> answer = new FutureTask<>(() -> "too late");
            answers.put("second", answer);
            partner.plain("first");
            Future<String> second = partner.plain("second");
            application.advance(Duration.ofSeconds(10));

            answer.cancel(true);

            assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> value(second));
            assertThat(second.isCancelled()).isTrue();
        }

        @Test
        void keepsItsPermit() {
            answers.put("second", new CompletableFuture<>());
            partner.future("first");
            CompletableFuture<String> second = partner.future("second");
            application.advance(Duration.ofSeconds(10));

            second.cancel(true);

            assertThat(partner.future("third")).as("has to wait").isNotDone();
        }
    }

    @Nested
    class AFallback {

        static class Shop {

            private final CompletableFuture<String> substitute = new CompletableFuture<>();

            @RateLimited(permits = 1, per = "10s", fallback = "cached")
            public CompletableFuture<String> price(String item) {
                return CompletableFuture.completedFuture("fresh " + item);
            }

            CompletableFuture<String> cached(String item, RateLimitExceededException denial) {
                return substitute.thenApply(value ->
                        value + " " + item + " for " + denial.getRetryAfter().toSeconds() + "s");
            }

            @RateLimited(permits = 1, per = "10s", maxWait = "15s", fallback = "cachedPlain")
            public Future<String> plain(String item) {
                return new FutureTask<>(() -> "fresh " + item);
            }

            Future<String> cachedPlain(String item) {
                FutureTask<String> task = new FutureTask<>(() -> "cached " + item);
                task.run();
                return task;
            }

            @RateLimited(permits = 1, per = "10s", fallback = "refused")
            public CompletionStage<String> refusing() {
                return CompletableFuture.completedFuture("fresh");
            }

            CompletionStage<String> refused(RateLimitExceededException denial) throws IOException {
                throw new IOException("nothing in the cache", denial);
            }

            @RateLimited(permits = 1, per = "10s", fallback = "none")
            public CompletableFuture<String> without() {
                return CompletableFuture.completedFuture("fresh");
            }

            @Nullable
            CompletableFuture<String> none() {
                return null;
            }

            public CompletableFuture<String> substitute() {
                return substitute;
            }
        }

        private final Shop shop = application.start(Shop.class).bean(Shop.class);

        @Test
        void givesADeniedCallItsFuture() throws Exception {
            assertThat(value(shop.price("tea"))).isEqualTo("fresh tea");
            CompletableFuture<String> denied = shop.price("tea");

            assertThat(denied).isNotDone();
            shop.substitute().complete("cached");
            assertThat(value(denied)).isEqualTo("cached tea for 10s");
        }

        @Test
        void isCalledAtOnceForACallThatMightWaitButWouldWaitTooLong() throws Exception {
            shop.plain("tea");
            Future<String> second = shop.plain("tea");

            assertThat(value(shop.plain("tea"))).isEqualTo("cached tea");
            assertThat(second.isDone()).isFalse();
        }

        @Test
        void isFollowedInItsFailure() {
            shop.price("tea");
            CompletableFuture<String> denied = shop.price("tea");
            IOException failure = new IOException("cache is down");

            shop.substitute().completeExceptionally(failure);

            assertThat(failure(denied)).isSameAs(failure);
        }

        @Test
        void mayThrowWhatComesThroughTheFuture() {
            shop.refusing();

            assertThat(failure(shop.refusing().toCompletableFuture()))
                    .isInstanceOf(IOException.class)
                    .hasMessage("nothing in the cache")
                    .hasCauseInstanceOf(RateLimitExceededException.class);
        }

        @Test
        void thatReturnsNothingLeavesAFutureWithoutAValue() {
            shop.without();

            assertThat(shop.without()).isCompletedWithValue(null);
        }
    }

    @Component
    static class Unlimited {

        @RateLimited(permits = 1, per = "10s", condition = "#limited")
        public CompletableFuture<Boolean> call(boolean limited) {
            return CompletableFuture.completedFuture(limited);
        }
    }

    @Component
    static class Free {

        @RateLimited(permits = 1, per = "10s", cost = "#cost")
        public CompletableFuture<Integer> call(int cost) {
            return CompletableFuture.completedFuture(cost);
        }
    }

    @Test
    void aCallWhoseExpressionFailsIsToldThroughItsFuture() {
        Free free = application.start(Free.class).bean(Free.class);

        CompletableFuture<Integer> refused = free.call(0);
        assertThatThrownBy(refused::join)
                .cause()
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a call costs at least 1");
        assertThat(free.call(1)).as("it took no permit").isCompletedWithValue(1);
    }

    @Test
    void aCallThatNoLimitHoldsForIsMadeAtOnce() {
        Unlimited unlimited = application.start(Unlimited.class).bean(Unlimited.class);

        assertThat(unlimited.call(true)).isCompleted();
        assertThat(unlimited.call(true)).isCompletedExceptionally();
        assertThat(unlimited.call(false)).isCompletedWithValue(false);
    }
}
