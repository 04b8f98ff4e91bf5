package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.LimiterStoreContract;
import io.github.ratelimited.test.MutableTimeSource;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All that a store has to do, while the one that counts hears no key. */
class HashedKeysTest extends LimiterStoreContract {

    private static final String SECRET = "a secret of tests only";
    private static final LimitName NAME = LimitName.of("limit");
    private static final Duration DAY = Duration.ofDays(1);

    private final MutableTimeSource time = new MutableTimeSource();
    private final MemoryLimiterStore memory = new MemoryLimiterStore(time, 10_000);
    private final KeyHash hash = new KeyHash(SECRET);
    private final HashedKeys store = new HashedKeys(memory, hash);

    @Override
    protected LimiterStore store() {
        return store;
    }

    @Override
    protected void pass(Duration duration) {
        time.advance(duration);
    }

    @Test
    void the_store_knows_a_bucket_by_the_hash_alone() {
        Limit limit = Limit.of(2, DAY);
        store.acquire(AcquireRequest.of(store.claim(NAME, limit, "ann@example.com", 1, 0)));
        store.acquire(AcquireRequest.of(store.claim(NAME, limit, null, 1, 0).with("ann@example.com", 1, 0)));
        assertThat(peek(limit, "ann@example.com").remaining()).isEqualTo(2);
        assertThat(peek(limit, hash.of("ann@example.com")).remaining()).isZero();
    }

    private Decision peek(Limit limit, String key) {
        return memory.peek(memory.claim(NAME, limit, key, 1, 0));
    }

    @Test
    void a_limit_without_keys_is_itself() {
        Limit limit = Limit.of(2, DAY);
        store.acquire(AcquireRequest.of(store.claim(NAME, limit, null, 1, 0)));
        assertThat(memory.peek(memory.claim(NAME, limit, null, 1, 0)).remaining())
                .isEqualTo(1);
    }

    /** Their hashes have another order than they. */
    @Test
    void several_keys_of_one_limit_are_answered_and_given_back_each_as_itself() {
        Limit limit = Limit.of(50, DAY);
        List<String> keys =
                IntStream.range(0, 20).mapToObj(i -> "key" + (10 + i)).toList();
        List<Claim> claims = IntStream.range(0, 20)
                .mapToObj(i -> store.claim(NAME, limit, keys.get(i), i + 1, 0))
                .toList();
        assertThat(keys.stream().map(hash::of))
                .isNotEqualTo(keys.stream().map(hash::of).sorted().toList());
        AcquireRequest all = new AcquireRequest(claims);
        Decision taken = store.acquire(all);
        assertThat(taken.parts()).extracting(Decision::cost).containsExactlyElementsOf(costs());
        assertThat(taken.parts())
                .extracting(Decision::remaining)
                .containsExactlyElementsOf(
                        IntStream.range(0, 20).mapToObj(i -> 49L - i).toList());
        assertThat(store.acquireAll(List.of(all))
                        .toCompletableFuture()
                        .join()
                        .get(0)
                        .parts())
                .extracting(Decision::cost)
                .containsExactlyElementsOf(costs());
        for (int times = 1; times <= 2; times++) {
            store.refund(all, taken);
            for (int i = 0; i < 20; i++) {
                assertThat(store.peek(claims.get(i)).remaining())
                        .as("refunded %d times", times)
                        .isEqualTo(49 - i);
            }
        }
    }

    @Test
    void a_claim_that_was_hashed_by_another_secret_is_hashed_by_this_one() {
        Limit limit = Limit.of(2, DAY);
        HashedKeys other = new HashedKeys(memory, new KeyHash(SECRET + "!"));
        store.acquire(AcquireRequest.of(other.claim(NAME, limit, "ann", 1, 0)));
        assertThat(peek(limit, hash.of("ann")).remaining()).isEqualTo(1);
    }

    @Test
    void it_answers_at_once_and_tells_a_turn_as_what_it_holds_does() {
        AcquireRequest waiting = AcquireRequest.of(store.claim(NAME, Limit.of(1, DAY), "ann", 1, Long.MAX_VALUE));
        store.acquire(waiting);
        Decision reserved = store.acquire(waiting);
        long turn = time.nanoTime() + DAY.toNanos();
        time.advance(Duration.ofMinutes(1));
        assertThat(store.turnAt(reserved, time)).isEqualTo(turn);
        assertThat(store.answersAtOnce()).isTrue();
        assertThat(new HashedKeys(new FakeRemoteStore(time), hash).answersAtOnce())
                .isFalse();
    }

    /** As on a cluster, whose nodes are asked one after the other. */
    @Test
    void a_denial_that_tells_of_some_limits_only_is_handed_on() {
        Limit limit = Limit.of(1, DAY);
        Decision some = Decision.ofAll(List.of(
                Decision.allowed("limit", limit, 1, 0, 0, 0, 0, 0), Decision.overLimit("limit", limit, 1, 0, 1, 1)));
        HashedKeys around = new HashedKeys(new Saying(some), hash);
        List<Claim> claims = IntStream.range(0, 20)
                .mapToObj(i -> around.claim(NAME, limit, "key" + (10 + i), 1, 0))
                .toList();
        assertThat(around.acquire(new AcquireRequest(claims))).isSameAs(some);
    }

    private static List<Long> costs() {
        return IntStream.range(0, 20).mapToObj(i -> i + 1L).toList();
    }

    @Test
    void a_hash_is_half_an_hmac_with_sha_256() throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] expected = mac.doFinal("ann".getBytes(StandardCharsets.UTF_16BE));
        assertThat(Base64.getUrlDecoder().decode(hash.of("ann"))).isEqualTo(Arrays.copyOf(expected, 16));
    }

    @Test
    void a_hash_tells_keys_apart_whatever_is_in_them() {
        List<String> keys = List.of("", " ", "a", "A", "\uD800", "\uD801", "?", "\0", "x".repeat(100_000));
        assertThat(keys.stream().map(hash::of))
                .doesNotHaveDuplicates()
                .allMatch(hashed -> hashed.matches("[\\w-]{22}"));
        assertThat(Stream.of("a", "a").map(hash::of).distinct()).hasSize(1);
        assertThat(new KeyHash(SECRET + "!").of("a")).isNotEqualTo(hash.of("a"));
    }

    @Test
    void a_secret_of_sixteen_characters_is_one() {
        assertThat(new KeyHash("sixteen letters.").of("ann")).hasSize(22);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "fifteen letters"})
    void a_secret_that_can_be_guessed_is_none(String secret) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KeyHash(secret))
                .withMessageContaining("has " + secret.length() + " characters, fewer than 16")
                .withMessageNotContaining("letters,");
    }
}
