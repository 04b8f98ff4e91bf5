package io.github.ratelimited.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
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

    @Nested
    class ARecord {

        record User(String tenant, @Nullable Object id) {}

        record Robot(String tenant, @Nullable Object id) {}

        @Test
        void isItsNameAndItsComponents() {
            assertThat(KeyText.of(new User("acme", 7))).isEqualTo("User|acme|7");
            assertThat(KeyText.of(new User("acme", new byte[] {1, 2}))).isEqualTo("User|acme|(1|2)");
            assertThat(KeyText.of(new User("acme", 7))).isNotEqualTo(KeyText.of(new Robot("acme", 7)));
            assertThat(KeyText.of(List.of(new User("a", "b")))).isEqualTo("(User|a|b)");
        }

        @Test
        void staysDifferentWhateverItContains() {
            assertThat(KeyText.of(new User("a|b", "c"))).isNotEqualTo(KeyText.of(new User("a", "b|c")));
        }
    }

    @Nested
    class AMap {

        @Test
        void isItsEntriesInWhateverOrder() {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("tenant", "acme");
            one.put("ids", new int[] {1, 2});
            Map<String, Object> other = new LinkedHashMap<>();
            other.put("ids", List.of(1, 2));
            other.put("tenant", "acme");

            assertThat(KeyText.of(one)).isEqualTo("(ids|(1|2))|(tenant|acme)").isEqualTo(KeyText.of(other));
            assertThat(KeyText.of(Map.of("a", "b"))).isNotEqualTo(KeyText.of(Map.of("b", "a")));
        }

        @Test
        void withoutEntriesIsNobodyInParticular() {
            assertThat(KeyText.of(Map.of())).isEmpty();
        }
    }

    @Test
    void anOptionalIsWhatItHolds() {
        assertThat(KeyText.of(Optional.of("ann"))).isEqualTo("ann");
        assertThat(KeyText.of(Optional.of(List.of("a", "b")))).isEqualTo("a|b");
        assertThat(KeyText.of(Optional.empty())).isEmpty();
        assertThat(KeyText.of(List.of("a", Optional.of("b")))).isEqualTo("a|b");
        assertThat(KeyText.of(List.of("a", Optional.of(List.of("b", "c"))))).isEqualTo("a|(b|c)");
    }

    @Nested
    class AKeyIsRefused {

        record Holder(Object held) {}

        /** Says more than its class, and yet nothing that stays. */
        static class Session {

            @Override
            public String toString() {
                return "session@" + Integer.toHexString(System.identityHashCode(this));
            }

            @Override
            public int hashCode() {
                return 1;
            }

            @Override
            public boolean equals(@Nullable Object other) {
                return other instanceof Session;
            }
        }

        static Stream<Object> keysThatTellNothing() {
            Object plain = new Object();
            return Stream.of(
                    plain,
                    new Session(),
                    List.of("a", plain),
                    Map.of("a", plain),
                    Map.of(plain, "a"),
                    Optional.of(plain),
                    new Holder(plain),
                    new Object[] {plain});
        }

        @ParameterizedTest
        @MethodSource
        void keysThatTellNothing(Object key) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> KeyText.of(key))
                    .withMessageContaining("tells nothing");
        }

        @Test
        void thatContainsItself() {
            List<Object> itself = new ArrayList<>();
            itself.add(itself);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> KeyText.of(itself))
                    .withMessageContaining("parts within parts");
        }

        @Test
        void thatIsNestedDeeperThanAnybodyNeeds() {
            Object deep = "x";
            for (int i = 0; i < 16; i++) {
                deep = List.of(deep);
            }
            Object tooDeep = List.of(deep);
            assertThat(KeyText.of(deep)).endsWith("x" + ")".repeat(15));
            assertThatIllegalArgumentException().isThrownBy(() -> KeyText.of(tooDeep));
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
