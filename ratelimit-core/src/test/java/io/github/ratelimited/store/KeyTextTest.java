package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyTextTest {

    @Test
    void aKeyIsItsOwnText() {
        assertThat(KeyText.of("user-1")).isEqualTo("user-1");
        assertThat(KeyText.of(42)).isEqualTo("42");
        assertThat(KeyText.of(Thread.State.NEW)).isEqualTo("NEW");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " ", "\t \n"})
    void nobodyInParticularIsOneKey(String key) {
        assertThat(KeyText.of(key)).isEqualTo(KeyText.of(null)).isEmpty();
    }

    @Test
    void blanksAroundAKeyArePartOfIt() {
        assertThat(KeyText.of(" a")).isNotEqualTo(KeyText.of("a"));
    }

    @Nested
    class SeveralParts {

        @Test
        void areKeptApartByABar() {
            assertThat(KeyText.of(List.of("acme", 7))).isEqualTo("acme|7");
        }

        @Test
        void countTheSameInAnArrayOrAList() {
            assertThat(KeyText.of(new Object[] {"acme", 7})).isEqualTo(KeyText.of(List.of("acme", 7)));
            assertThat(KeyText.of(new int[] {1, 2})).isEqualTo(KeyText.of(List.of(1, 2)));
        }

        @Test
        void stayDifferentWhateverTheyContain() {
            assertThat(List.of(
                            KeyText.of(List.of("a|b", "c")),
                            KeyText.of(List.of("a", "b|c")),
                            KeyText.of(List.of("a", "b", "c")),
                            KeyText.of(List.of("a\\", "b", "c")),
                            KeyText.of(List.of("a\\|b", "c")),
                            KeyText.of(List.of("", "a", "b", "c")),
                            KeyText.of(List.of("a", "", "b", "c"))))
                    .doesNotHaveDuplicates();
        }

        @Test
        void stayDifferentWhenOneHasPartsOfItsOwn() {
            assertThat(KeyText.of(List.of("a", List.of("b", "c")))).isNotEqualTo(KeyText.of(List.of("a", "b|c")));
        }

        @Test
        void mayBeNull() {
            assertThat(KeyText.of(Arrays.asList("a", null))).isEqualTo("a|");
            assertThat(KeyText.of(Arrays.asList(null, "a"))).isEqualTo("|a");
        }

        @Test
        void thatAreNoneAreNobodyInParticular() {
            assertThat(KeyText.of(List.of())).isEmpty();
            assertThat(KeyText.of(Set.of())).isEmpty();
        }
    }

    @Test
    void aPathIsAKeyLikeAnyOther() {
        assertThat(KeyText.of(Path.of("a", "b"))).isEqualTo(Path.of("a", "b").toString());
    }

    @Nested
    class ALongKey {

        private final String longest = "x".repeat(KeyText.LONGEST);

        @Test
        void ofJustTheLongestLengthStays() {
            assertThat(KeyText.of(longest)).isEqualTo(longest);
        }

        @Test
        void beyondThatIsKnownByItsBeginningAndADigest() {
            assertThat(KeyText.of(longest + "y")).hasSize(97).startsWith("x".repeat(32) + "#");
            assertThat(KeyText.of("y".repeat(1_000_000))).hasSize(97);
        }

        /** Whoever may choose his key must not be able to choose the text of another's. */
        @Test
        void hasATextThatNoKeyOfThatLengthOrLessHas() {
            String shortened = KeyText.of(longest + "y");
            assertThat(KeyText.of(shortened)).isNotEqualTo(shortened);
        }

        @Test
        void isToldFromOthersByItsVeryEnd() {
            assertThat(KeyText.of(longest + "a")).isNotEqualTo(KeyText.of(longest + "b"));
            assertThat(KeyText.of(longest + "a")).isEqualTo(KeyText.of(longest + "a"));
        }

        @Test
        void ofManyPartsIsShortenedToo() {
            assertThat(KeyText.of(Collections.nCopies(100, "part"))).hasSize(97);
        }
    }
}
