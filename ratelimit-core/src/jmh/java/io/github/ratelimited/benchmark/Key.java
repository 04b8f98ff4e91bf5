package io.github.ratelimited.benchmark;

import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.CompilerControl;

/** The keys of {@link KeyedLimiter}. A class of its own because JMH overlooks {@link CompilerControl} in an enum. */
final class Key {

    private Key() {}

    /** {@code user-0000042}: a new String each time, as a key comes out of a request; never optimized away. */
    @CompilerControl(CompilerControl.Mode.DONT_INLINE)
    static String of(int number) {
        byte[] text = {'u', 's', 'e', 'r', '-', '0', '0', '0', '0', '0', '0', '0'};
        int rest = number;
        for (int i = text.length - 1; rest > 0; i--) {
            text[i] += (byte) (rest % 10);
            rest /= 10;
        }
        return new String(text, StandardCharsets.ISO_8859_1);
    }
}
