package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.LimitMode;
import io.github.ratelimited.aop.AdviceOrder;
import io.github.ratelimited.store.KeyHash;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.StoreFailurePolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.core.env.Environment;

/**
 * What {@code application.yml} says of rate limits. A property that is not known here stops the start.
 *
 * @param enabled Whether calls are limited at all.
 * @param store Where permits are counted: 'memory', 'redis', 'jdbc', or the name of a LimiterStore bean. By default the LimiterStore bean
 *     that the application defines, else memory.
 * @param unreachable What to do about annotated methods that a proxy cannot reach: private, final and static ones.
 * @param order What comes first where a limited method carries other annotations too: the cache, retries and @Async
 *     (so that a cache hit costs nothing and each retry counts), or the limit. Both come before a transaction.
 * @param defaults What holds for limits that do not say otherwise.
 * @param limits Limits by name; what is said here wins over the annotations of that name.
 * @param keyPrefix How the keys begin that a store in another process has from us.
 * @param hashKeys Whether the keys of limits leave this process as a keyed hash only, so that a store in another process does
 *     not know who the callers are.
 * @param hashSecret The secret of those hashes: at least 16 characters, the same on all instances. With another one all
 *     limits with keys begin anew.
 * @param expectedInstances By how many instances of the application a limit is shared. Where each counts for itself,
 *     because the store gives no answer, it lets its share through.
 * @param resolver The application's LimitResolver beans.
 * @param memory The store in this process's memory.
 * @param redis The store in the Redis of spring.data.redis.
 * @param web Limits of web requests, and what clients are told of limits.
 * @param jdbc The store in the application's database.
 */
@ConfigurationProperties(prefix = "ratelimit", ignoreUnknownFields = false)
public record RateLimitProperties(
        @DefaultValue("true") boolean enabled,
        @Nullable String store,
        @DefaultValue("warn") Unreachable unreachable,
        @DefaultValue("cache-first") AdviceOrder order,
        @DefaultValue Defaults defaults,
        @DefaultValue Map<String, LimitProperties> limits,
        @DefaultValue("ratelimit:") String keyPrefix,
        @DefaultValue("false") boolean hashKeys,
        @Nullable String hashSecret,
        @DefaultValue("1") int expectedInstances,
        @DefaultValue Resolver resolver,
        @DefaultValue Memory memory,
        @DefaultValue Redis redis,
        @DefaultValue Web web,
        @DefaultValue Jdbc jdbc) {

    private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("ratelimit");

    /** Whether anything is said here; a source that cannot tell may say something. What nobody says need not be read. */
    public static boolean areIn(Environment environment) {
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source.containsDescendantOf(PREFIX) != ConfigurationPropertyState.ABSENT) {
                return true;
            }
        }
        return false;
    }

    /** What a limit does while its store gives no answer. */
    public StoreFailurePolicy onStoreFailure(LimitName name) {
        LimitProperties limit = limits.get(name.limitId());
        return limit == null || limit.onStoreFailure() == null ? defaults.onStoreFailure() : limit.onStoreFailure();
    }

    /**
     * By what keys are hashed before they leave this process; {@code null} = they are not.
     *
     * @throws InvalidRateLimitException if they are to be, and there is no secret that is one
     */
    public @Nullable KeyHash keyHash() {
        if (!hashKeys) {
            return null;
        }
        String fix = "set it to at least " + KeyHash.SHORTEST_SECRET
                + " random characters, the same on all instances, best by the environment variable RATELIMIT_HASHSECRET";
        if (hashSecret == null) {
            throw new InvalidRateLimitException(
                    "ratelimit.hash-secret", "it is not set, and ratelimit.hash-keys is true", fix);
        }
        try {
            return new KeyHash(hashSecret);
        } catch (IllegalArgumentException e) {
            throw new InvalidRateLimitException("ratelimit.hash-secret", String.valueOf(e.getMessage()), fix);
        }
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "ratelimit" + limits;
    }

    /** What to do about annotated methods that a proxy cannot reach. */
    public enum Unreachable {
        /** Say so in the log, once. */
        WARN,
        /** Stop the start. */
        FAIL
    }

    /**
     * What holds for limits that do not say otherwise.
     *
     * @param maxWait How long a call may wait for its turn: a duration such as '2s', or 'forever'; '0s' = it is denied.
     * @param mode What comes of decisions: 'enforce', 'shadow' (decide and count, but neither deny nor wait), or 'off'.
     * @param onStoreFailure What becomes of calls while a store in another process gives no answer: they are allowed,
     *     denied, or counted on this instance alone.
     */
    public record Defaults(
            @DefaultValue("0s") String maxWait,
            @DefaultValue("enforce") LimitMode mode,
            @DefaultValue("allow") StoreFailurePolicy onStoreFailure) {}

    /**
     * One limit. What is left out here comes from the annotations of that name.
     *
     * @param permits Permits in each period.
     * @param per The period, such as '500ms', '1s', '5m', '1h', '1d' or '1m30s'. Default: '1s'.
     * @param burst How many permits a full token bucket holds. Default: permits.
     * @param algorithm How permits are counted. Default: token-bucket.
     * @param maxWait How long a call may wait for its turn: a duration such as '2s', or 'forever'.
     * @param mode What comes of decisions: 'enforce', 'shadow' (decide and count, but neither deny nor wait), or 'off'.
     *     Default: that of ratelimit.defaults.
     * @param onStoreFailure What becomes of calls while a store in another process gives no answer. Default: that of
     *     ratelimit.defaults.
     * @param near From which part of the limit on it is near, which is told by an event and a meter: '80%'.
     * @param penalty What becomes of keys that keep being denied. Default: nothing more.
     * @param key SpEL expression over the arguments of the limited methods; each value has permits of its own.
     * @param pointcut AspectJ pointcut: methods of beans to which the limit applies as if they were annotated.
     * @param obeyRetryAfter Of HTTP clients under this limit: whether a host that answers 429 or 503 with Retry-After gets
     *     no request before that.
     * @param plans Other numbers for the callers of a plan, by its name; what is left out is as in the limit.
     */
    public record LimitProperties(
            @Nullable Long permits,
            @Nullable String per,
            @Nullable Long burst,
            @Nullable Algorithm algorithm,
            @Nullable String maxWait,
            @Nullable LimitMode mode,
            @Nullable StoreFailurePolicy onStoreFailure,
            @Nullable String near,
            @Nullable PenaltyProperties penalty,
            @Nullable String key,
            @Nullable String pointcut,
            boolean obeyRetryAfter,
            @DefaultValue Map<String, PlanProperties> plans) {}

    /**
     * Shuts a key out that keeps being denied, each time for twice as long.
     *
     * @param after So many denials.
     * @param within In so much time.
     * @param duration For so long, the first time.
     * @param max The longest time. Default: ten times the first.
     */
    public record PenaltyProperties(
            @Nullable Integer after,
            @Nullable String within,
            @Name("for") @Nullable String duration,
            @Nullable String max) {}

    /**
     * What a plan changes of its limit.
     *
     * @param permits Permits in each period.
     * @param per The period.
     * @param burst How many permits a full token bucket holds.
     */
    public record PlanProperties(
            @Nullable Long permits,
            @Nullable String per,
            @Nullable Long burst) {}

    /**
     * The application's LimitResolver beans.
     *
     * @param cacheFor How long what they say is remembered.
     * @param timeout How long the first call of a key waits for an answer; then the declared limit holds.
     * @param maxEntries Of how many keys it is remembered at a time.
     */
    public record Resolver(
            @DefaultValue("1m") Duration cacheFor,
            @DefaultValue("500ms") Duration timeout,
            @DefaultValue("10000") int maxEntries) {}

    /**
     * The store in this process's memory.
     *
     * @param maxKeys How many keys it holds at most, of all limits together; some 50 bytes each, more for a sliding
     *     window. Beyond that new keys share permits by hash.
     */
    public record Memory(@DefaultValue("1000000") long maxKeys) {}

    /**
     * The store in the Redis of spring.data.redis.
     *
     * @param timeout How long a call waits for an answer; then on-store-failure decides.
     */
    public record Redis(@DefaultValue("100ms") Duration timeout) {}

    /**
     * Limits of web requests, and what clients are told of limits.
     *
     * @param headers In which header fields an answer tells of the limits that were asked for it.
     * @param trustedProxies The proxies, as CIDR blocks such as '10.0.0.0/8', that are believed when they say for whom
     *     they ask.
     * @param clientIpHeader The header field by which they say it. By default Forwarded or X-Forwarded-For, whichever
     *     there is; where there are both, and they disagree, neither is believed.
     * @param ipv6Prefix How many bits of an IPv6 address tell one client from another.
     * @param allow Addresses, as CIDR blocks, that rules do not limit.
     * @param deny Addresses, as CIDR blocks, whose requests are answered with 403.
     * @param rules Limits of requests by their path.
     */
    public record Web(
            @DefaultValue("draft") Headers headers,
            @DefaultValue List<String> trustedProxies,
            @Nullable String clientIpHeader,
            @DefaultValue("64") int ipv6Prefix,
            @DefaultValue List<String> allow,
            @DefaultValue List<String> deny,
            @DefaultValue List<Rule> rules) {

        /** In which header fields an answer tells of limits. */
        public enum Headers {
            /** RateLimit and RateLimit-Policy, as draft-ietf-httpapi-ratelimit-headers-10 has them. */
            DRAFT,
            /** X-RateLimit-Limit, X-RateLimit-Remaining and X-RateLimit-Reset, in seconds. */
            LEGACY,
            /** In none. */
            NONE
        }
    }

    /**
     * A limit of requests.
     *
     * @param paths Which requests: path patterns such as '/login' or '/api/**'.
     * @param methods Which methods; by default all.
     * @param limit By which limit, a name under ratelimit.limits.
     * @param key Whose permits a request takes: 'client-ip', 'principal', 'header:' or 'cookie:' and a name, or a SpEL
     *     expression such as "header('X-Tenant') + clientIp". By default all requests share them.
     * @param condition SpEL expression: the rule holds for requests for which it is true.
     * @param order Whether the rule holds before or after Spring Security. By default before, or after where the key or
     *     the condition asks for the principal.
     * @param countWhen The statuses of responses that cost a permit, such as '401' or '4xx'; the permits of all others
     *     are given back. By default all.
     * @param allowKeys Keys that are not limited.
     * @param denyKeys Keys whose requests are answered with 403.
     */
    public record Rule(
            @DefaultValue List<String> paths,
            @DefaultValue List<String> methods,
            @Nullable String limit,
            @Nullable String key,
            @Nullable String condition,
            @Nullable Order order,
            @DefaultValue List<String> countWhen,
            @DefaultValue List<String> allowKeys,
            @DefaultValue List<String> denyKeys) {

        /** When a rule holds. */
        public enum Order {
            /** Before it is known who calls: a flood costs least. */
            BEFORE_SECURITY,
            /** When it is known who calls. */
            AFTER_SECURITY
        }
    }

    /**
     * The store in the application's database.
     *
     * @param table The table, with its schema before a dot if need be.
     * @param initializeSchema When the table is made at start if it is missing: in embedded databases only, always, or
     *     never.
     * @param timeout How long a call waits for an answer; then on-store-failure decides.
     * @param dataSource The name of the DataSource bean; needed where there are several and none is primary.
     * @param threads How many connections are used at a time, at most; and one more for cleaning.
     * @param cleanupInterval How often expired rows are looked for, to be deleted in the background.
     */
    public record Jdbc(
            @DefaultValue("rate_limit") String table,
            @DefaultValue("embedded") InitializeSchema initializeSchema,
            @DefaultValue("500ms") Duration timeout,
            @Nullable String dataSource,
            @DefaultValue("8") int threads,
            @DefaultValue("1m") Duration cleanupInterval) {}

    /** When a table is made at start. */
    public enum InitializeSchema {
        /** In a database of this process, such as H2. */
        EMBEDDED,
        /** If it is missing. */
        ALWAYS,
        /** Somebody else makes it. */
        NEVER
    }
}
