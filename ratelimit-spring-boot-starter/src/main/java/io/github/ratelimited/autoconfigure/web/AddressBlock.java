package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.InvalidRateLimitException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A block of addresses in CIDR notation, or one address. No name is ever looked up. */
final class AddressBlock {

    /** What begins with neither a hexadecimal digit nor a colon is a name to the JDK, which looks it up. */
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:][0-9a-fA-F:.]{1,44}");

    private final byte[] network;
    private final int prefix;

    private AddressBlock(byte[] network, int prefix) {
        this.network = network;
        this.prefix = prefix;
    }

    /** The blocks of a property. */
    static List<AddressBlock> parseAll(String property, List<String> blocks) {
        return IntStream.range(0, blocks.size())
                .mapToObj(i -> parse(property + "[" + i + "]", blocks.get(i).strip()))
                .toList();
    }

    /**
     * A block such as {@code 10.0.0.0/8}.
     *
     * @throws InvalidRateLimitException if it is none, or names a host in it instead of the block
     */
    static AddressBlock parse(String place, String text) {
        int slash = text.indexOf('/');
        InetAddress address = addressOf(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            throw new InvalidRateLimitException(
                    place,
                    "'" + text + "' is not a block of addresses",
                    "write for example 10.0.0.0/8 or 2001:db8::/32");
        }
        int bits = address.getAddress().length * 8;
        String length = slash < 0 ? Integer.toString(bits) : text.substring(slash + 1);
        if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > bits) {
            throw new InvalidRateLimitException(
                    place,
                    "'" + text + "' has no number of bits behind the slash that an address of " + bits + " bits has",
                    "write 0 to " + bits);
        }
        AddressBlock block = new AddressBlock(address.getAddress(), Integer.parseInt(length));
        byte[] begin = masked(address.getAddress(), block.prefix);
        if (!Arrays.equals(begin, block.network)) {
            throw new InvalidRateLimitException(
                    place,
                    "'" + text + "' has bits set behind the first " + block.prefix,
                    "write " + addressOf(begin).getHostAddress() + "/" + block.prefix);
        }
        return block;
    }

    boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != network.length) {
            return false;
        }
        int whole = prefix / 8;
        for (int i = 0; i < whole; i++) {
            if (bytes[i] != network[i]) {
                return false;
            }
        }
        int rest = prefix % 8;
        return rest == 0 || (bytes[whole] ^ network[whole]) >> (8 - rest) == 0;
    }

    /** Whether one of them has it. */
    static boolean anyContains(List<AddressBlock> blocks, InetAddress address) {
        for (AddressBlock block : blocks) {
            if (block.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The address that a text is, without brackets, port and zone: an IPv4 address also where it is written as an IPv6 one.
     * {@code null} if it is none.
     */
    static @Nullable InetAddress addressOf(String given) {
        String text = given.strip();
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            text = end < 0 ? "" : text.substring(1, end);
        } else if (text.indexOf(':') >= 0 && text.indexOf(':') == text.lastIndexOf(':')) {
            text = text.substring(0, text.indexOf(':'));
        }
        int zone = text.indexOf('%');
        if (zone >= 0) {
            text = text.substring(0, zone);
        }
        if (!(text.indexOf(':') < 0 ? isIpv4(text) : IPV6.matcher(text).matches())) {
            return null;
        }
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException invalid) {
            return null;
        }
    }

    /**
     * Four numbers up to 255: what only looks like an address would be looked up as a name. One with a zero in front, which
     * some read as octal, is none, so that none has two texts.
     */
    static boolean isIpv4(String text) {
        int octets = 1;
        int digits = 0;
        int octet = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '.' && digits > 0) {
                octets++;
                digits = 0;
                octet = 0;
            } else if (c >= '0' && c <= '9' && (digits == 0 || octet > 0)) {
                digits++;
                octet = 10 * octet + c - '0';
            } else {
                return false;
            }
            if (octet > 255) {
                return false;
            }
        }
        return octets == 4 && digits > 0;
    }

    private static InetAddress addressOf(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static byte[] masked(byte[] bytes, int prefix) {
        byte[] masked = bytes.clone();
        for (int bit = prefix; bit < masked.length * 8; bit++) {
            masked[bit / 8] &= (byte) ~(0x80 >> bit % 8);
        }
        return masked;
    }

    /** The text of an address as a key: an IPv6 address is known by its first {@code prefix} bits. */
    static String keyOf(InetAddress address, int prefix) {
        if (address instanceof Inet4Address || prefix == 128) {
            return address.getHostAddress();
        }
        return addressOf(masked(address.getAddress(), prefix)).getHostAddress() + "/" + prefix;
    }
}
