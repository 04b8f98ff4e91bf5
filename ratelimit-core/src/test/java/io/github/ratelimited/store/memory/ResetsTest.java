package io.github.ratelimited.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ratelimited.Limit;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ResetsTest {

    private static final Fingerprint ANY = key(-1);

    private static final Limit A = Limit.of(5, Duration.ofHours(1));

    private final Resets resets = new Resets();

    @Test
    void ofAllAreRememberedWhateverIsResetAfterThem() {
        for (int i = 0; i < Resets.MOST; i++) {
            resets.add(key(i), i);
        }
        resets.addAll(2_000);
        resets.add(key(-2), 2_001);
        assertThat(resets.since(ANY, A, 1_500)).isTrue();
        assertThat(resets.since(ANY, A, 2_000)).isFalse();
    }

    @Test
    void areNotForgottenForAnEarlierOneThatComesLater() {
        resets.add(key(1), 200);
        resets.add(key(1), 100);
        assertThat(resets.since(key(1), A, 150)).isTrue();
        resets.add(null, 300);
        resets.addAll(250);
        resets.addAll(150);
        assertThat(resets.since(null, A, 299)).isTrue();
        assertThat(resets.since(ANY, A, 299)).isTrue(); // which one it was is forgotten with it
        assertThat(resets.since(ANY, A, 300)).isFalse();
    }

    @Test
    void areToldOfTheNumbersThatBucketsHaveLeftAndNotOfOthers() {
        resets.left(A, 200);
        resets.left(A, 100);
        assertThat(resets.since(ANY, A, 199)).isTrue();
        assertThat(resets.since(ANY, A, 200)).isFalse();
        assertThat(resets.since(ANY, A.withBurst(6), 199)).isFalse();
    }

    @Test
    void areToldOfAllNumbersWhenSomeHaveBeenForgotten() {
        for (int i = 0; i <= Resets.MOST_LEFT; i++) {
            resets.left(A.withBurst(10 + i), 100 + i);
        }
        assertThat(resets.since(ANY, A, 99 + Resets.MOST_LEFT - 1)).isTrue();
        assertThat(resets.since(ANY, A, 100 + Resets.MOST_LEFT)).isFalse();
    }

    @Test
    void keepTheLatestOfThoseThatAreForgottenOneByOne() {
        resets.addAll(5_000);
        for (int i = 0; i <= Resets.MOST; i++) {
            resets.add(key(i), i);
        }
        assertThat(resets.since(ANY, A, 4_999)).isTrue();
    }

    private static Fingerprint key(int number) {
        return new Fingerprint(number, number);
    }
}
