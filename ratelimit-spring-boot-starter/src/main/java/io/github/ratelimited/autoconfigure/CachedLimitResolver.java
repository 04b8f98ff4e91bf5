package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.LimitResolver;
import io.github.ratelimited.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ConcurrentLruCache;

/**
 * Remembers what resolvers have said. The first call of a key waits for it; after that an old answer holds until there is
 * a new one. A failure is no answer: the declared limit holds, and the resolvers are asked again a little later.
 */
final class CachedLimitResolver implements LimitResolver {

    private static final Log log = LogFactory.getLog(CachedLimitResolver.class);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

    private final List<LimitResolver> resolvers;
    private final List<ResolverListener> listeners;
    private final TimeSource time;
    private final long nanos;
    private final long nanosAfterFailure;
    private final ConcurrentLruCache<Question, Known> cache;
    private final AtomicBoolean failing = new AtomicBoolean();

    /**
     * Around resolvers, of which the first that says something counts.
     *
     * @throws InvalidRateLimitException if {@code cacheFor} or {@code maxEntries} is not positive
     */
    CachedLimitResolver(
            List<LimitResolver> resolvers,
            List<ResolverListener> listeners,
            TimeSource time,
            Duration cacheFor,
            int maxEntries) {
        if (cacheFor.isNegative() || cacheFor.isZero()) {
            throw new InvalidRateLimitException(
                    "ratelimit.resolver",
                    "cache-for = " + cacheFor + " is not longer than zero",
                    "write for example 1m");
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
        this.nanosAfterFailure = Math.min(nanos, AFTER_FAILURE.toNanos());
        this.cache = new ConcurrentLruCache<>(maxEntries, unknown -> new Known());
    }

    private record Question(
            String name, @Nullable String key, @Nullable String plan) {}

    private final class Known {

        private final AtomicBoolean renewing = new AtomicBoolean();
        private volatile @Nullable Answer answer;

        @Nullable
        Limit limit(Question question) {
            Answer known = answer;
            if (known == null) {
                known = first(question);
            } else if (known.until - time.nanoTime() <= 0 && renewing.compareAndSet(false, true)) {
                time.executor().execute(() -> {
                    try {
                        answer = ask(question);
                    } finally {
                        renewing.set(false);
                    }
                });
                Answer renewed = answer;
                known = renewed == null ? known : renewed;
            }
            return known.limit;
        }

        /** All callers of a new key wait for one answer. */
        private synchronized Answer first(Question question) {
            Answer known = answer;
            if (known == null) {
                known = ask(question);
                answer = known;
            }
            return known;
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
            if (failing.compareAndSet(true, false)) {
                log.info("The LimitResolver answers again");
            }
            tell(question, false);
            return new Answer(limit, time.nanoTime() + nanos);
        } catch (RuntimeException failure) {
            if (failing.compareAndSet(false, true)) {
                log.warn(
                        "A LimitResolver has failed for rate limit '" + question.name
                                + "'; until it answers again the declared limits hold, and no more is told",
                        failure);
            }
            tell(question, true);
            return new Answer(null, time.nanoTime() + nanosAfterFailure);
        }
    }

    private void tell(Question question, boolean failed) {
        listeners.forEach(each -> each.asked(question.name, failed));
    }
}
