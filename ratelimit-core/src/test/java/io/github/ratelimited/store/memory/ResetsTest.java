package io.github.ratelimited.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ResetsTest {

    private static final Fingerprint ANY = key(-1);

    private final Resets resets = new Resets();

    @Test
    void ofAllAreRememberedWhateverIsResetAfterThem() {
        for (int i = 0; i < Resets.MOST; i++) {
            resets.add(key(i), i);
        }
        resets.addAll(2_000);
        resets.add(key(-2), 2_001);
        assertThat(resets.since(ANY, 1_500)).isTrue();
        assertThat(resets.since(ANY, 2_000)).isFalse();
    }

    @Test
    void areNotForgottenForAnEarlierOneThatComesLater() {
        resets.add(key(1), 200);
        resets.add(key(1), 100);
        assertThat(resets.since(key(1), 150)).isTrue();
        resets.add(null, 300);
        resets.addAll(250);
        resets.addAll(150);
        assertThat(resets.since(null, 299)).isTrue();
        assertThat(resets.since(ANY, 299)).isTrue(); // which one it was is forgotten with it
        assertThat(resets.since(ANY, 300)).isFalse();
    }

    private static Fingerprint key(int number) {
        return new Fingerprint(number, number);
    }
}
