package io.github.ratelimited.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.AcquireRequest;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.UnusableBucketException;
import io.lettuce.core.ScriptOutputType;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is stored carries a version: nodes of the last one and of this one share a server while they are updated. */
class RedisVersionTest {

    private static final LimitName NAME = LimitName.of("versioned");

    /** Writes a bucket with another version in front of all else, in whichever of its forms it is. */
    private static final String REWRITE = """
            if redis.call('TYPE', KEYS[1]).ok == 'string' then
              local value = redis.call('GET', KEYS[1])
              assert(string.sub(value, 1, 1) == '1')
              return redis.call('SET', KEYS[1], ARGV[1] .. string.sub(value, 2), 'KEEPTTL')
            end
            local header = redis.call('ZRANGE', KEYS[1], 0, 0)[1]
            assert(string.sub(header, 1, 1) == '1')
            redis.call('ZREM', KEYS[1], header)
            redis.call('ZADD', KEYS[1], -1, ARGV[1] .. string.sub(header, 2))
            return 'OK'
            """;

    private static LocalRedis redis;

    @BeforeAll
    static void start() {
        redis = new LocalRedis();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    private static void rewrite(String key, String version) {
        redis.commands().eval(REWRITE, ScriptOutputType.STATUS, new String[] {key}, version);
    }

    private static AcquireRequest request(Limit limit, String key, long cost) {
        return AcquireRequest.of(new Claim(NAME, limit, key, cost, 0));
    }

    @ParameterizedTest
    @EnumSource
    void the_version_before_is_read_and_written_on(Algorithm algorithm) {
        RedisLimiterStore store = new RedisLimiterStore(redis.connection(), "old:");
        Limit limit = Limit.of(3, Duration.ofDays(1)).withAlgorithm(algorithm);
        String key = algorithm.name();
        store.acquire(request(limit, key, 2));
        rewrite("old:versioned:{" + key + "}", "");
        assertThat(store.peek(new Claim(NAME, limit, key, 1, 0)).remaining()).isEqualTo(1);
        assertThat(store.acquire(request(limit, key, 2)).allowed()).isFalse();
        assertThat(store.acquire(request(limit, key, 1)).allowed()).isTrue();
        assertThat(store.acquire(request(limit, key, 1)).allowed()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void a_later_version_is_left_alone_and_told_of(Algorithm algorithm) {
        RedisLimiterStore store = new RedisLimiterStore(redis.connection(), "new:");
        Limit limit = Limit.of(3, Duration.ofDays(1)).withAlgorithm(algorithm);
        String key = algorithm.name();
        store.acquire(request(limit, key, 2));
        rewrite("new:versioned:{" + key + "}", "2");
        byte[] before = redis.commands().dump("new:versioned:{" + key + "}");
        assertThatExceptionOfType(UnusableBucketException.class)
                .isThrownBy(() -> store.acquire(request(limit, key, 1)))
                .withMessageContaining("or one of a later version");
        assertThat(redis.commands().dump("new:versioned:{" + key + "}")).isEqualTo(before);
    }
}
