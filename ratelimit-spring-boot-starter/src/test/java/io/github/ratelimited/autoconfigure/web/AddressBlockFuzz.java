package io.github.ratelimited.autoconfigure.web;

import static io.github.ratelimited.fuzz.Inputs.check;
import static io.github.ratelimited.fuzz.Inputs.lines;
import static io.github.ratelimited.fuzz.Inputs.parsed;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A block has the addresses that begin with its bits, as numbers of any size say it; names are no addresses. */
public final class AddressBlockFuzz {

    private AddressBlockFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        List<String> lines = lines(input, 2);
        InetAddress address = address(lines.get(1));
        InetAddress other = address(lines.get(0));
        checkKeys(address, other, 1 + (input.length * 7) % 128);
        String text = lines.get(0);
        AddressBlock block = parsed("here", "'" + text + "'", () -> AddressBlock.parse("here", text));
        if (block == null) {
            return;
        }
        int slash = text.indexOf('/');
        InetAddress network = AddressBlock.addressOf(slash < 0 ? text : text.substring(0, slash));
        int bits = network.getAddress().length * 8;
        int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
        check(number(network).equals(begin(network, prefix)), "a block has bits behind its first " + prefix, text);
        check(block.contains(network), "a block is without its first address", text);
        if (address != null) {
            boolean within = address.getAddress().length * 8 == bits
                    && begin(address, prefix).equals(number(network));
            check(block.contains(address) == within, text + " has or has not", address);
        }
    }

    private static @Nullable InetAddress address(String text) {
        InetAddress address = AddressBlock.addressOf(text);
        byte[] model = model(text);
        check(
                model == null || (address != null && Arrays.equals(model, address.getAddress())),
                text + " is the address",
                address);
        if (address != null) {
            String bare = text.strip().replaceFirst("(?s)[%\\]].*", ""); // of a zone, and of what is behind a bracket
            check(bare.matches("\\[?[0-9.]+") || bare.indexOf(':') >= 0, "a name is an address: " + text, address);
            check(address.equals(AddressBlock.addressOf(address.getHostAddress())), "no more itself", address);
        }
        return address;
    }

    private static void checkKeys(@Nullable InetAddress one, @Nullable InetAddress other, int prefix) {
        if (one == null || other == null) {
            return;
        }
        int length = one.getAddress().length;
        boolean same = length == other.getAddress().length
                && (length == 4 ? one.equals(other) : begin(one, prefix).equals(begin(other, prefix)));
        String oneKey = AddressBlock.keyOf(one, prefix);
        check(
                same == oneKey.equals(AddressBlock.keyOf(other, prefix)),
                one + " and " + other + " by " + prefix + " bits",
                oneKey);
    }

    private static BigInteger number(InetAddress address) {
        return new BigInteger(1, address.getAddress());
    }

    private static BigInteger begin(InetAddress address, int prefix) {
        int rest = address.getAddress().length * 8 - prefix;
        return number(address).shiftRight(rest).shiftLeft(rest);
    }

    /** The address that a text certainly is (RFC 4291, without brackets, port and zone); {@code null} = perhaps none. */
    private static byte @Nullable [] model(String text) {
        if (text.matches("(0|[1-9]\\d{0,2})(\\.(0|[1-9]\\d{0,2})){3}")) {
            return octets(text);
        }
        if (!text.matches("[0-9a-fA-F:]{2,39}(\\d{0,3}(\\.\\d{1,3}){3})?")
                || text.indexOf(':') == text.lastIndexOf(':')) {
            return null;
        }
        int gap = text.indexOf("::");
        List<Integer> begin = groups(gap < 0 ? text : text.substring(0, gap));
        List<Integer> end = groups(gap < 0 ? "" : text.substring(gap + 2));
        if (begin == null || end == null || (gap < 0 ? begin.size() != 8 : begin.size() + end.size() > 7)) {
            return null;
        }
        byte[] address = new byte[16];
        for (int i = 0; i < begin.size(); i++) {
            put(address, i, begin.get(i));
        }
        for (int i = 0; i < end.size(); i++) {
            put(address, 8 - end.size() + i, end.get(i));
        }
        boolean mapped = new BigInteger(1, address).shiftRight(32).equals(BigInteger.valueOf(0xFFFF));
        return mapped ? Arrays.copyOfRange(address, 12, 16) : address;
    }

    private static void put(byte[] address, int group, int value) {
        address[2 * group] = (byte) (value >> 8);
        address[2 * group + 1] = (byte) value;
    }

    private static @Nullable List<Integer> groups(String text) {
        List<Integer> groups = new ArrayList<>();
        String[] parts = text.isEmpty() ? new String[0] : text.split(":", -1);
        for (int i = 0; i < parts.length; i++) {
            byte[] octets = i == parts.length - 1 && parts[i].indexOf('.') >= 0 ? octets(parts[i]) : null;
            if (octets != null) {
                groups.add((octets[0] & 0xFF) << 8 | (octets[1] & 0xFF));
                groups.add((octets[2] & 0xFF) << 8 | (octets[3] & 0xFF));
            } else if (parts[i].matches("[0-9a-fA-F]{1,4}")) {
                groups.add(Integer.parseInt(parts[i], 16));
            } else {
                return null;
            }
        }
        return groups;
    }

    private static byte @Nullable [] octets(String text) {
        byte[] octets = new byte[4];
        String[] parts = text.split("\\.", -1);
        for (int i = 0; i < parts.length; i++) {
            if (parts.length != 4 || !parts[i].matches("\\d{1,3}") || Integer.parseInt(parts[i]) > 255) {
                return null;
            }
            octets[i] = (byte) Integer.parseInt(parts[i]);
        }
        return octets;
    }
}
