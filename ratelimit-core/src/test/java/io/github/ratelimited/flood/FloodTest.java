package io.github.ratelimited.flood;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** More than anybody planned for, in a Java with a small heap. */
class FloodTest {

    @Test
    void tenMillionKeysNeitherExhaustTheHeapNorLetALimitedOneThroughEarly() throws Exception {
        assertThat(SmallJvm.run(KeyFlood.class, "256m"))
                .contains("figure: keys that flooded a store of 1000000 = 10000000");
    }

    @Test
    void aMillionWaitersAreLetThroughInOrderAndExactlyByTheRate() throws Exception {
        assertThat(SmallJvm.run(WaiterFlood.class, "512m"))
                .contains("figure: waiters let through one by one, each at its turn = 1000000");
    }
}
