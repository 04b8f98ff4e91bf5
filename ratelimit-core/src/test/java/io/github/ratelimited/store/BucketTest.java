package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BucketTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final long TENTH = 100_000_000;

    /** In November 2023. */
    private static final long NOW = 1_700_000_000L * 1_000_000_000L;

    private static Claim claim(Limit limit, long cost, long maxWaitNanos) {
        return new Claim(LimitName.of("a"), limit, "ann", cost, maxWaitNanos);
    }

    private static Decision take(Bucket bucket, Limit limit, long cost) {
        return Bucket.acquire(List.of(claim(limit, cost, 0)), List.of(bucket));
    }

    @ParameterizedTest
    @EnumSource
    void hasNothingToWriteUntilSomethingIsTakenOrComesBack(Algorithm algorithm) {
        Limit ten = Limit.of(10, SECOND).withAlgorithm(algorithm);
        Bucket bucket = Bucket.full(ten, NOW);
        bucket.peek(claim(ten, 1, 0));
        bucket.giveBack(5);
        take(bucket, ten, 11);
        assertThat(bucket.hasChanged()).isFalse();
        take(bucket, ten, 4);
        assertThat(bucket.hasChanged()).isTrue();

        Bucket read = Bucket.of(bucket.state(), ten, NOW);
        assertThat(take(read, ten, 7).allowed()).isFalse();
        assertThat(read.hasChanged()).isFalse();
        read.giveBack(1);
        assertThat(read.hasChanged()).isTrue();
        assertThat(read.peek(claim(ten, 1, 0)).remaining()).isEqualTo(7);
    }

    @ParameterizedTest
    @EnumSource
    void itsStateMeansNoMoreThanNoneOnceAllHasRefilled(Algorithm algorithm) {
        Limit ten = Limit.of(10, SECOND).withAlgorithm(algorithm);
        Bucket bucket = Bucket.full(ten, NOW);
        take(bucket, ten, 4);
        long full = NOW + (algorithm == Algorithm.TOKEN_BUCKET ? 4 * TENTH : 10 * TENTH);
        assertThat(bucket.state().isFull(full - 1)).isFalse();
        assertThat(bucket.state().isFull(full)).isTrue();
    }

    @Test
    void ofSeveralEachTellsWhetherTheCallWouldHavePassedItAlone() {
        Limit ten = Limit.of(10, SECOND);
        Limit one = Limit.of(1, SECOND);
        Bucket tenth = Bucket.full(ten, NOW);
        Bucket second = Bucket.full(one, NOW);
        take(tenth, ten, 10);
        take(second, one, 1);
        List<Bucket> buckets = List.of(Bucket.full(ten, NOW), tenth, second);
        assertThat(Bucket.acquire(claims(TENTH - 1, ten, ten, one), buckets).parts())
                .extracting(Decision::allowed)
                .containsExactly(true, false, false);
        Decision denied = Bucket.acquire(claims(TENTH, ten, ten, one), buckets);
        assertThat(denied.parts()).extracting(Decision::allowed).containsExactly(true, true, false);
        assertThat(denied.part(1).waitNanos()).isEqualTo(TENTH);
        assertThat(denied.retryAfter()).isEqualTo(SECOND);
    }

    private static List<Claim> claims(long maxWaitNanos, Limit... limits) {
        return List.of(limits).stream()
                .map(limit -> claim(limit, 1, maxWaitNanos))
                .toList();
    }

    /** 7 per second are counted in sevenths of a nanosecond, of which a long holds fewer years than the epoch is old. */
    @Test
    void whatWasTakenComesBackWholeHoweverLongAgoTheEpochIs() {
        Limit seven = Limit.of(7, SECOND);
        Bucket bucket = Bucket.full(seven, NOW);
        Decision taken = take(bucket, seven, 3);
        Bucket.refund(taken, List.of(bucket));
        assertThat(bucket.peek(claim(seven, 1, 0)).remaining()).isEqualTo(7);
    }

    @Test
    void aSlidingWindowWithoutRoomDeniesUntilItsOldestEntryIsForgotten() {
        Limit limit = Limit.of(100_000, SECOND).withAlgorithm(Algorithm.SLIDING_WINDOW);
        assertThat(window(limit, Bucket.MOST_ENTRIES - 1)
                        .peek(claim(limit, 1, 0))
                        .allowed())
                .isTrue();
        Decision denied = window(limit, Bucket.MOST_ENTRIES).peek(claim(limit, 1, Long.MAX_VALUE));
        assertThat(denied.allowed()).isFalse();
        assertThat(denied.retryAfter()).isEqualTo(SECOND.minusNanos(Bucket.MOST_ENTRIES));
    }

    /** One in which a permit was taken at each of so many nanoseconds until now. */
    private static Bucket window(Limit limit, int entries) {
        ByteBuffer log = ByteBuffer.allocate(entries * 2 * Long.BYTES);
        for (long at = NOW - entries; at < NOW; at++) {
            log.putLong(at).putLong(1);
        }
        return Bucket.of(new Bucket.State(limit, NOW, NOW, 0, log.array()), limit, NOW);
    }
}
