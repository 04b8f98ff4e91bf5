package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Web;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which client a request comes from: whoever has connected, unless that is a proxy that is trusted; then for
 * whom the proxies say they ask, from the right, up to the first address that is not trusted. Nothing left of that is
 * believed, since anybody can have written it.
 */
final class ClientAddresses {

    private static final String FORWARDED = "Forwarded";
    private static final String X_FORWARDED_FOR = "X-Forwarded-For";

    private final List<AddressBlock> trusted;
    private final @Nullable String header;
    private final int ipv6Prefix;

    ClientAddresses(Web properties) {
        this.trusted = AddressBlock.parseAll("ratelimit.web.trusted-proxies", properties.trustedProxies());
        this.header = properties.clientIpHeader();
        this.ipv6Prefix = properties.ipv6Prefix();
        if (ipv6Prefix < 1 || ipv6Prefix > 128) {
            throw new InvalidRateLimitException(
                    "ratelimit.web",
                    "ipv6-prefix = " + ipv6Prefix + " is no number of bits of an IPv6 address",
                    "write 1 to 128; most providers give each client 64 or 56");
        }
        if (header != null && !header.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+")) {
            throw new InvalidRateLimitException(
                    "ratelimit.web",
                    "client-ip-header = '" + header + "' is not the name of a header field",
                    "write for example X-Forwarded-For");
        }
        if (header != null && trusted.isEmpty()) {
            throw new InvalidRateLimitException(
                    "ratelimit.web",
                    "client-ip-header = '" + header
                            + "' is never looked at, since no proxy is trusted that could write it",
                    "name your proxies in trusted-proxies");
        }
    }

    /** The client as a key: an address, of an IPv6 one the part that tells clients apart. */
    String keyOf(InetAddress client) {
        return AddressBlock.keyOf(client, ipv6Prefix);
    }

    /**
     * The key of whoever has connected, if no proxy can stand between: the text of an IPv4 address as it is; otherwise
     * {@code null}.
     */
    @Nullable
    String keyOfPeer(@Nullable String peer) {
        return trusted.isEmpty() && peer != null && AddressBlock.isIpv4(peer) ? peer : null;
    }

    /**
     * A client.
     *
     * @param isStandIn whether it is only the last proxy that is known, since what that says cannot be believed
     * @param claimed whom else it may be, by one of two fields that disagree
     * @param claimedKeys their keys
     */
    record Client(InetAddress address, boolean isStandIn, List<InetAddress> claimed, List<String> claimedKeys) {

        Client(InetAddress address, boolean isStandIn) {
            this(address, isStandIn, List.of(), List.of());
        }
    }

    /**
     * The client of a request.
     *
     * @param peer who has connected; {@code null} if that has no address, such as a file's
     * @param headers the values of a header field
     */
    @Nullable
    Client clientOf(@Nullable String peer, Function<String, List<String>> headers) {
        InetAddress connected = peer == null ? null : AddressBlock.addressOf(peer);
        if (connected == null) {
            return null;
        }
        if (trusted.isEmpty() || !AddressBlock.anyContains(trusted, connected)) {
            return new Client(connected, false);
        }
        if (header != null) {
            List<String> values = headers.apply(header);
            return believed(connected, header.equalsIgnoreCase(FORWARDED) ? forwardedFor(values) : elements(values));
        }
        List<String> forwarded = headers.apply(FORWARDED);
        List<String> forwardedFor = headers.apply(X_FORWARDED_FOR);
        if (forwarded.isEmpty()) {
            return believed(connected, elements(forwardedFor));
        }
        Client client = believed(connected, forwardedFor(forwarded));
        // A proxy that writes the one field lets through what a client has written into the other.
        if (forwardedFor.isEmpty()) {
            return client;
        }
        Client other = believed(connected, elements(forwardedFor));
        if (client.equals(other)) {
            return client;
        }
        List<InetAddress> claimed = List.of(client.address(), other.address());
        return new Client(
                connected, true, claimed, claimed.stream().map(this::keyOf).toList());
    }

    private Client believed(InetAddress connected, List<String> chain) {
        InetAddress client = connected;
        for (int i = chain.size() - 1; i >= 0 && AddressBlock.anyContains(trusted, client); i--) {
            InetAddress before = AddressBlock.addressOf(chain.get(i));
            if (before == null) {
                return new Client(client, true); // hidden or malformed: the last that is known stands for it
            }
            client = before;
        }
        return new Client(client, false);
    }

    /** Whatever a client has written in front, quotes too: what a proxy has added is behind the last comma. */
    private static List<String> elements(List<String> values) {
        List<String> elements = new ArrayList<>();
        for (String value : values) {
            elements.addAll(Arrays.asList(value.split(",", -1)));
        }
        return elements;
    }

    /** What each element of a {@code Forwarded} field says after {@code for=} (RFC 7239); "" if nothing. */
    private static List<String> forwardedFor(List<String> values) {
        List<String> nodes = new ArrayList<>();
        for (String element : split(values)) {
            String node = "";
            for (String pair : split(element, ';')) {
                int equals = pair.indexOf('=');
                if (equals > 0
                        && pair.substring(0, equals)
                                .strip()
                                .toLowerCase(Locale.ROOT)
                                .equals("for")) {
                    node = unquoted(pair.substring(equals + 1).strip());
                }
            }
            nodes.add(node);
        }
        return nodes;
    }

    /** A client that leaves a quote open must not hide what a proxy has added. */
    private static List<String> split(List<String> values) {
        List<String> elements = new ArrayList<>();
        for (String value : values) {
            elements.addAll(leavesQuoteOpen(value) ? elements(List.of(value)) : split(value, ','));
        }
        return elements;
    }

    private static boolean leavesQuoteOpen(String text) {
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == '\\' && quoted) {
                i++;
            }
        }
        return quoted;
    }

    /** Not within quotes. */
    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        int begin = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == '\\' && quoted) {
                i++;
            } else if (c == separator && !quoted) {
                parts.add(text.substring(begin, i));
                begin = i + 1;
            }
        }
        parts.add(text.substring(begin));
        return parts;
    }

    private static String unquoted(String text) {
        return text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")
                ? text.substring(1, text.length() - 1)
                : text;
    }
}
