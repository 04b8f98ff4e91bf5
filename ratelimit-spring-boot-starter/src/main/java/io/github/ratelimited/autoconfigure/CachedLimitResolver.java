package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitResolver;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.StoreRateLimiterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ConcurrentLruCache;

/**
 * Remembers what resolvers have said. The first call of a key waits for it, not longer than a timeout; after that an old
 * answer holds until there is a new one. A failure is no answer, nor is a limit that the store cannot count: the
 * declared limit holds, and the resolvers are asked again a little later.
 */
final class CachedLimitResolver implements LimitResolver {

    private static final Log log = LogFactory.getLog(CachedLimitResolver.class);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

    /** At a time, each of which may hold a thread: keys may be whatever callers say, and resolvers slow. */
    static final int MOST_QUESTIONS = 64;

    private final Semaphore questions = new Semaphore(MOST_QUESTIONS);
    private final List<LimitResolver> resolvers;
    private final List<ResolverListener> listeners;
    private final Supplier<StoreRateLimiterRegistry> registry;
    private final TimeSource time;
    private final long nanos;
    private final long nanosAfterFailure;
    private final long timeoutNanos;
    private final ConcurrentLruCache<Question, Known> cache;
    private final Set<String> failing = ConcurrentHashMap.newKeySet();

    /**
     * Around resolvers, of which the first that says something counts.
     *
     * @param registry knows the limits that are asked for
     * @throws InvalidRateLimitException if {@code cacheFor}, {@code timeout} or {@code maxEntries} is not positive
     */
    CachedLimitResolver(
            List<LimitResolver> resolvers,
            List<ResolverListener> listeners,
            Supplier<StoreRateLimiterRegistry> registry,
            TimeSource time,
            Duration cacheFor,
            Duration timeout,
            int maxEntries) {
        if (cacheFor.isNegative() || cacheFor.isZero()) {
            throw new InvalidRateLimitException(
                    "ratelimit.resolver",
                    "cache-for = " + cacheFor + " is not longer than zero",
                    "write for example 1m");
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new InvalidRateLimitException(
                    "ratelimit.resolver",
                    "timeout = " + timeout + " is not longer than zero",
                    "write for example 500ms");
        }
        if (maxEntries < 1) {
            throw new InvalidRateLimitException(
                    "ratelimit.resolver",
                    "max-entries = " + maxEntries + " is not positive",
                    "write for example 10000");
        }
        this.resolvers = List.copyOf(resolvers);
        this.listeners = List.copyOf(listeners);
        this.registry = registry;
        this.time = time;
        this.nanos = cacheFor.toNanos();
        this.timeoutNanos = timeout.toNanos();
        this.nanosAfterFailure = Math.min(nanos, AFTER_FAILURE.toNanos());
        this.cache = new ConcurrentLruCache<>(maxEntries, unknown -> new Known());
    }

    private record Question(
            String name, @Nullable String key, @Nullable String plan) {}

    private final class Known {

        private final AtomicReference<@Nullable CompletableFuture<Answer>> asking = new AtomicReference<>();
        private volatile @Nullable Answer answer;

        @Nullable
        Limit limit(Question question) {
            Answer known = answer;
            if (known == null) {
                known = await(ask(question), question);
            } else if (known.until - time.nanoTime() <= 0) {
                CompletableFuture<Answer> renewed = ask(question);
                known = renewed.isDone() ? renewed.join() : known;
            }
            return known.limit;
        }

        /** All callers of a key have one answer. */
        private CompletableFuture<Answer> ask(Question question) {
            CompletableFuture<Answer> mine = new CompletableFuture<>();
            CompletableFuture<Answer> other = asking.compareAndExchange(null, mine);
            if (other != null) {
                return other;
            }
            if (!questions.tryAcquire()) {
                String said = MOST_QUESTIONS + " keys are being asked about";
                failed(question.name, new RejectedExecutionException(said), said);
                Answer given = unanswered();
                asking.set(null);
                mine.complete(given);
                return mine;
            }
            Runnable task = () -> {
                Answer given = new Answer(null, time.nanoTime() + nanosAfterFailure);
                try {
                    given = CachedLimitResolver.this.ask(question);
                } catch (RuntimeException | Error failure) {
                    log.error("Who is told of a LimitResolver's answer has failed", failure);
                } finally {
                    questions.release();
                }
                answered(given);
                asking.set(null);
                mine.complete(given);
            };
            try {
                time.executor().execute(task);
            } catch (RejectedExecutionException executorIsGone) {
                task.run();
            }
            return mine;
        }

        private synchronized void answered(Answer given) {
            answer = given;
        }

        /** Until it has answered after all, others need not wait as well. */
        private synchronized Answer unanswered() {
            Answer known = answer;
            if (known == null) {
                known = new Answer(null, time.nanoTime() + nanosAfterFailure);
                answer = known;
            }
            return known;
        }

        private Answer await(CompletableFuture<Answer> asked, Question question) {
            try {
                return asked.get(timeoutNanos, TimeUnit.NANOSECONDS);
            } catch (TimeoutException late) {
                failed(question.name, late, late.getClass().getName());
                return unanswered();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException impossible) {
                throw new IllegalStateException(impossible);
            }
            return new Answer(null, 0);
        }
    }

    private record Answer(@Nullable Limit limit, long until) {}

    @Override
    public @Nullable Limit resolve(String name, @Nullable String key, @Nullable String plan) {
        Question question = new Question(name, key, plan);
        return cache.get(question).limit(question);
    }

    private Answer ask(Question question) {
        Limit limit;
        try {
            limit = askAll(question);
        } catch (RuntimeException | Error failure) {
            return failed(question.name, failure, failure.getClass().getName());
        }
        LimitName name = known(question.name);
        try {
            if (limit != null) {
                registry.get().check(name, limit);
            }
        } catch (InvalidRateLimitException uncountable) {
            return failed(question.name, uncountable, String.valueOf(uncountable.getMessage()));
        } catch (RuntimeException | Error failure) {
            return failed(question.name, failure, failure.getClass().getName());
        }
        if (failing.remove(question.name)) {
            log.info("The LimitResolver answers again for rate limit '" + name.shown() + "'");
        }
        listeners.forEach(each -> each.asked(name.shown(), false));
        return new Answer(limit, time.nanoTime() + nanos);
    }

    private @Nullable Limit askAll(Question question) {
        Limit limit = null;
        for (int i = 0; i < resolvers.size() && limit == null; i++) {
            limit = resolvers.get(i).resolve(question.name, question.key, question.plan);
        }
        return limit;
    }

    private LimitName known(String name) {
        return registry.get().describe(name).name();
    }

    /**
     * What a failure is answered by.
     *
     * @param said what is told of it at WARN: of a failure that is not ours no message, since there may be a key in it
     */
    private Answer failed(String name, Throwable failure, String said) {
        String shown = known(name).shown();
        if (failing.add(name)) {
            log.warn("A LimitResolver has failed for rate limit '" + shown + "' (" + said
                    + "); until it answers again the declared limits hold, and no more is told but at DEBUG");
        }
        log.debug("A LimitResolver has failed", failure);
        listeners.forEach(each -> each.asked(shown, true));
        return new Answer(null, time.nanoTime() + nanosAfterFailure);
    }
}
