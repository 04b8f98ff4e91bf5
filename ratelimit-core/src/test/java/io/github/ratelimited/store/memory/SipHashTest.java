package io.github.ratelimited.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SipHashTest {

    /** By the reference implementation: the secret is 00 01 .. 0f, the text the bytes 00 01 .. */
    @ParameterizedTest
    @CsvSource({
        "0, a3817f04ba25a8e66df67214c7550293",
        "2, 8177228da4a45dc7fca38bdef60affe4",
        "4, f88164c12d9c8faf7d0f6e7c7bcd5579",
        "6, 14eeca338b208613485ea0308fd7a15e",
        "8, 3b62a9ba6258f5610f83e264f31497b4",
        "10, 00110dc378146956c95447d3f3d0fbba",
        "12, d626b266905ef35882634df68532c125",
        "16, 6ee2a4ca67b054bbfd3315bf85230577",
        "30, ea5c7f471faf6bde2b1ad7d4686d2287",
        "62, 5853542321f567a005d547a4f04759bd"
    })
    void isThatOfTheReferenceImplementation(int bytes, String expected) {
        SipHash hash = new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
        byte[] text = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            text[i] = (byte) i;
        }
        Fingerprint id = hash.of(new String(text, StandardCharsets.UTF_16LE));
        byte[] found = ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(id.first())
                .putLong(id.second())
                .array();
        assertThat(HexFormat.of().formatHex(found)).isEqualTo(expected);
    }

    @Test
    void differsFromStoreToStore() {
        assertThat(SipHash.random().of("ann")).isNotEqualTo(SipHash.random().of("ann"));
    }

    @Test
    void tellsTextsOfTheSameJavaHashApart() {
        SipHash hash = SipHash.random();
        assertThat("Aa").hasSameHashCodeAs("BB");
        assertThat(hash.of("Aa").first()).isNotEqualTo(hash.of("BB").first());
    }

    @Test
    void neverMarksAKeyAsNone() {
        assertThat(new Fingerprint(0, 0).first()).isNotZero();
    }
}
