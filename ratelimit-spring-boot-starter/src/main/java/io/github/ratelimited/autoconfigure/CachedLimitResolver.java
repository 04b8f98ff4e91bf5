package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitResolver;
import io.github.ratelimited.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ConcurrentLruCache;

/**
 * Remembers what resolvers have said. The first call of a key waits for it, not longer than a timeout; after that an old
 * answer holds until there is a new one. A failure is no answer: the declared limit holds, and the resolvers are asked again a little later.
 */
final class CachedLimitResolver implements LimitResolver {

    private static final Log log = LogFactory.getLog(CachedLimitResolver.class);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

    private final List<LimitResolver> resolvers;
    private final List<ResolverListener> listeners;
    private final TimeSource time;
    private final long nanos;
    private final long nanosAfterFailure;
    private final long timeoutNanos;
    private final ConcurrentLruCache<Question, Known> cache;
    private final Set<String> failing = ConcurrentHashMap.newKeySet();

    /**
     * Around resolvers, of which the first that says something counts.
     *
     * @throws InvalidRateLimitException if {@code cacheFor}, {@code timeout} or {@code maxEntries} is not positive
     */
    CachedLimitResolver(
            List<LimitResolver> resolvers,
            List<ResolverListener> listeners,
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
            Runnable task = () -> {
                Answer given = CachedLimitResolver.this.ask(question);
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
                failed(question.name, late);
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
        try {
            Limit limit = null;
            for (int i = 0; i < resolvers.size() && limit == null; i++) {
                limit = resolvers.get(i).resolve(question.name, question.key, question.plan);
            }
            if (failing.remove(question.name)) {
                log.info("The LimitResolver answers again for rate limit '" + question.name + "'");
            }
            listeners.forEach(each -> each.asked(question.name, false));
            return new Answer(limit, time.nanoTime() + nanos);
        } catch (RuntimeException | Error failure) {
            failed(question.name, failure);
            return new Answer(null, time.nanoTime() + nanosAfterFailure);
        }
    }

    /** The failure's message is for DEBUG alone, since there may be a key in it. */
    private void failed(String name, Throwable failure) {
        if (failing.add(name)) {
            log.warn("A LimitResolver has failed for rate limit '" + name + "' ("
                    + failure.getClass().getName()
                    + "); until it answers again the declared limits hold, and no more is told but at DEBUG");
        }
        log.debug("A LimitResolver has failed", failure);
        listeners.forEach(each -> each.asked(name, true));
    }
}
