package io.github.ratelimited.autoconfigure.redis;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
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
            Claim nothing = new Claim(LimitName.of("start"), Limit.of(1, Duration.ofSeconds(1)), null, 1, 0);
            new RedisLimiterStore(connection, prefix)
                    .peekAsync(nothing)
                    .toCompletableFuture()
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
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
        if (said.contains("NOPERM")) {
            throw new InvalidRateLimitException(
                    "ratelimit.store = redis",
                    "the user of spring.data.redis.username may not do what a limit needs: " + said,
                    "grant it +eval +evalsha +time +get +set +del +unlink +pexpire +@sortedset on keys with the prefix"
                            + " of ratelimit.key-prefix");
        }
        if (said.contains("WRONGTYPE")) {
            return; // somebody else's key, and nobody's limit
        }
        warn(root.getClass().getSimpleName() + ": " + said);
    }

    private static void warn(String cause) {
        log.warn("Redis, which is to count the rate limits, gives no answer (" + cause
                + "). Until it does, limits do as" + " on-store-failure says. Is spring.data.redis right?");
    }
}
