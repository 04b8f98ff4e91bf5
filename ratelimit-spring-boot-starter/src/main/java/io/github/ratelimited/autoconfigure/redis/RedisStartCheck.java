package io.github.ratelimited.autoconfigure.redis;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.redis.RedisConnection;
import io.github.ratelimited.store.redis.RedisLimiterStore;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.core.NestedExceptionUtils;

/**
 * Tells at start what will not get better by itself, such as a wrong password: the start stops. A server that is only
 * down is warned of, and asked again by the calls that come.
 */
final class RedisStartCheck implements SmartInitializingSingleton {

    private static final Log log = LogFactory.getLog(RedisStartCheck.class);

    /** How long the start waits for a server that gives no answer at all. */
    private static final long PATIENCE_SECONDS = 2;

    /** By a name that no limit can have. It is back at once. */
    private static final AcquireRequest NOBODYS = AcquireRequest.of(
            new Claim(LimitName.of("?start"), Limit.of(1_000_000, Duration.ofSeconds(1)), null, 1, 0));

    /** The same of a sliding window, which is kept in another way. */
    private static final AcquireRequest NOBODYS_LOG = AcquireRequest.of(new Claim(
            LimitName.of("?start-log"),
            Limit.of(1000, Duration.ofSeconds(1)).withAlgorithm(Algorithm.SLIDING_WINDOW),
            null,
            1,
            0));

    private final RedisConnection connection;
    private final String prefix;

    RedisStartCheck(RedisConnection connection, String prefix) {
        this.connection = connection;
        this.prefix = prefix;
    }

    @Override
    public void afterSingletonsInstantiated() {
        try {
            connection.connect().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            // Twice, since a bucket that is there already is written in another way, which takes another permission.
            RedisLimiterStore store = new RedisLimiterStore(connection, prefix);
            store.acquireAsync(NOBODYS).toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            store.acquireAsync(NOBODYS).toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            store.acquireAsync(NOBODYS_LOG).toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            explain(failure);
        } catch (TimeoutException silent) {
            warn("no answer for " + PATIENCE_SECONDS + " s");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void explain(Exception failure) {
        Throwable root = NestedExceptionUtils.getMostSpecificCause(failure);
        String said = String.valueOf(root.getMessage());
        if (said.contains("WRONGPASS") || said.contains("NOAUTH") || said.contains("invalid password")) {
            throw new InvalidRateLimitException(
                    "ratelimit.store = redis",
                    "Redis does not let us in: " + said,
                    "correct spring.data.redis.username and spring.data.redis.password");
        }
        if (said.contains("DB index")) {
            throw new InvalidRateLimitException(
                    "ratelimit.store = redis",
                    "Redis has no such database: " + said,
                    "correct spring.data.redis.database");
        }
        if (said.contains("non deterministic commands")) {
            throw new InvalidRateLimitException(
                    "ratelimit.store = redis",
                    "Redis is too old for a script that writes after it has asked for the time: " + said,
                    "use Redis 6 or newer, or Valkey");
        }
        if (isForbidden(said)) {
            throw new InvalidRateLimitException(
                    "ratelimit.store = redis",
                    "the user of spring.data.redis.username may not do what a limit needs: " + said,
                    "grant it +eval +evalsha +time +get +set +setrange +del +unlink +pexpire +@sortedset on keys with the prefix"
                            + " of ratelimit.key-prefix");
        }
        if (said.contains("WRONGTYPE")) {
            return; // somebody else's key, and nobody's limit
        }
        warn(root.getClass().getSimpleName() + ": " + said);
    }

    /** Of a command within a script, servers say it in words of their own. */
    private static boolean isForbidden(String said) {
        return said.contains("NOPERM")
                || said.contains("The user executing the script can't")
                || said.contains("ACL failure in script");
    }

    private static void warn(String cause) {
        log.warn("Redis, which is to count the rate limits, does not do so (" + cause
                + "). Until it does, limits do as on-store-failure says. Is spring.data.redis right?");
    }
}
