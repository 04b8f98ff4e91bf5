package io.github.ratelimited.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ResetsTest {

    private final Resets resets = new Resets();

    @Test
    void ofAllAreRememberedWhateverIsResetAfterThem() {
        for (int i = 0; i < Resets.MOST; i++) {
            resets.add("key-" + i, i);
        }
        resets.addAll(2_000);
        resets.add("another", 2_001);
        assertThat(resets.since("any", 1_500)).isTrue();
        assertThat(resets.since("any", 2_000)).isFalse();
    }
}
