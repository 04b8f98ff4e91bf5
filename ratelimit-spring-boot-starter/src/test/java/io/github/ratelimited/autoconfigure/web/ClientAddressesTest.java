package io.github.ratelimited.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Web;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Web.Headers;
import io.github.ratelimited.autoconfigure.web.ClientAddresses.Client;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientAddressesTest {

    private static ClientAddresses trusting(@Nullable String header, int ipv6Prefix, String... proxies) {
        return new ClientAddresses(
                new Web(Headers.DRAFT, List.of(proxies), header, ipv6Prefix, List.of(), List.of(), List.of()));
    }

    private static @Nullable String client(ClientAddresses addresses, String peer, Map<String, List<String>> headers) {
        Client client = addresses.clientOf(peer, name -> headers.getOrDefault(name, List.of()));
        return client == null ? null : addresses.keyOf(client.address());
    }

    private static @Nullable String forwardedFor(String value) {
        return client(
                trusting(null, 64, "10.0.0.0/8", "fd00::/8"), "10.0.0.1", Map.of("X-Forwarded-For", List.of(value)));
    }

    private static @Nullable String forwarded(String value) {
        return client(trusting(null, 64, "10.0.0.0/8"), "10.0.0.1", Map.of("Forwarded", List.of(value)));
    }

    @Test
    void whoConnectsIsTheClientWhateverItSays() {
        Set<String> clients = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            clients.add(client(
                    trusting(null, 64, "10.0.0.0/8"),
                    "203.0.113.7",
                    Map.of("X-Forwarded-For", List.of("198.51.100." + i), "Forwarded", List.of("for=192.0.2." + i))));
        }
        assertThat(clients).containsExactly("203.0.113.7");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    203.0.113.7                            | 203.0.113.7
                    1.1.1.1, 203.0.113.7                   | 203.0.113.7
                    1.1.1.1, 203.0.113.7, 10.0.0.2         | 203.0.113.7
                    203.0.113.7, 10.0.0.3, 10.0.0.2        | 203.0.113.7
                    203.0.113.7:51234                      | 203.0.113.7
                    ::ffff:203.0.113.7                     | 203.0.113.7
                    [::ffff:203.0.113.7]:443               | 203.0.113.7
                    2001:db8:1:2:3:4:5:6                   | 2001:db8:1:2:0:0:0:0/64
                    [2001:DB8:1:2::1]:443                  | 2001:db8:1:2:0:0:0:0/64
                    fe80::1%eth0                           | fe80:0:0:0:0:0:0:0/64
                    10.0.0.9                               | 10.0.0.9
                    1.1.1.1, unknown                       | 10.0.0.1
                    1.1.1.1, evil.example.com              | 10.0.0.1
                    1.1.1.1, 999.1.1.1                     | 10.0.0.1
                    1.1.1.1, 203.0.113.007                 | 10.0.0.1
                    1.1.1.1, 10.0.0.2, _hidden, 10.0.0.3   | 10.0.0.3
                    ''                                     | 10.0.0.1
                    ,,                                     | 10.0.0.1
                    "x, 203.0.113.7                        | 203.0.113.7
                    "x, "y, z", 203.0.113.7                | 203.0.113.7
                    """)
    void aTrustedProxySaysForWhomItAsks(String header, String client) {
        assertThat(forwardedFor(header)).isEqualTo(client);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
                    for=203.0.113.7                                          | 203.0.113.7
                    proto=https;For=203.0.113.7;by=10.0.0.1                  | 203.0.113.7
                    for="203.0.113.7:4711", for=10.0.0.2                     | 203.0.113.7
                    for="[2001:db8:1:2::1]:4711"                             | 2001:db8:1:2:0:0:0:0/64
                    for=1.1.1.1, for="a,b;for=2.2.2.2", for=10.0.0.2         | 10.0.0.2
                    for=unknown                                              | 10.0.0.1
                    for=_secret                                              | 10.0.0.1
                    proto=https                                              | 10.0.0.1
                    for="                                                    | 10.0.0.1
                    for="x, for=203.0.113.7                                  | 203.0.113.7
                    for="x, for="[2001:db8:1:2::1]"                          | 2001:db8:1:2:0:0:0:0/64
                    for=203.0.113.7;host="a, for=1.1.1.1"                    | 203.0.113.7
                    """)
    void alsoInTheStandardField(String header, String client) {
        assertThat(forwarded(header)).isEqualTo(client);
    }

    @Test
    void severalFieldsAreOneList() {
        assertThat(client(
                        trusting(null, 64, "10.0.0.0/8"),
                        "10.0.0.1",
                        Map.of("X-Forwarded-For", List.of("1.1.1.1", "203.0.113.7", "10.0.0.2"))))
                .isEqualTo("203.0.113.7");
    }

    @Test
    void twoFieldsThatDisagreeAreNotBelieved() {
        Map<String, List<String>> disagree =
                Map.of("X-Forwarded-For", List.of("203.0.113.7"), "Forwarded", List.of("for=6.6.6.6"));
        Map<String, List<String>> agree =
                Map.of("X-Forwarded-For", List.of("203.0.113.7"), "Forwarded", List.of("for=203.0.113.7"));
        ClientAddresses either = trusting(null, 64, "10.0.0.0/8");
        assertThat(client(either, "10.0.0.1", disagree)).isEqualTo("10.0.0.1");
        assertThat(client(either, "10.0.0.1", agree)).isEqualTo("203.0.113.7");
        assertThat(client(trusting("x-forwarded-for", 64, "10.0.0.0/8"), "10.0.0.1", Map.of()))
                .isEqualTo("10.0.0.1");
        assertThat(client(trusting("X-Forwarded-For", 64, "10.0.0.0/8"), "10.0.0.1", disagree))
                .isEqualTo("203.0.113.7");
        assertThat(client(trusting("Forwarded", 64, "10.0.0.0/8"), "10.0.0.1", disagree))
                .isEqualTo("6.6.6.6");
    }

    @Test
    void aProxyThatOnlyStandsInIsKnownAsThat() {
        ClientAddresses addresses = trusting(null, 64, "10.0.0.0/8");
        Client hidden = addresses.clientOf("10.0.0.1", name -> List.of("unknown"));
        assertThat(hidden).isNotNull().extracting(Client::isStandIn).isEqualTo(true);
        Client itself = addresses.clientOf("10.0.0.1", name -> List.of());
        assertThat(itself).isNotNull().extracting(Client::isStandIn).isEqualTo(false);
    }

    @Test
    void anIpv6ClientIsItsNetwork() {
        assertThat(client(trusting(null, 56), "2001:db8:1:2ff::1", Map.of())).isEqualTo("2001:db8:1:200:0:0:0:0/56");
        assertThat(client(trusting(null, 128), "2001:db8::1", Map.of())).isEqualTo("2001:db8:0:0:0:0:0:1");
        assertThat(client(trusting(null, 64), "::1", Map.of())).isEqualTo("0:0:0:0:0:0:0:0/64");
    }

    @ParameterizedTest
    @ValueSource(strings = {"203.0.113.7", "0.0.0.0", "255.255.255.255", "127.0.0.1"})
    void theTextOfAnIpv4PeerIsItsKeyIfNoProxyIsTrusted(String peer) {
        assertThat(trusting(null, 64).keyOfPeer(peer))
                .isEqualTo(peer)
                .isEqualTo(client(trusting(null, 64), peer, Map.of()));
        assertThat(trusting(null, 64, "10.0.0.0/8").keyOfPeer(peer)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "::1",
                "::ffff:203.0.113.7",
                "203.0.113.07",
                "00.0.0.0",
                "256.0.0.1",
                "1.1.1",
                "1.1.1.1.1",
                "1.1.1.1 ",
                "1..1.1",
                "host",
                ""
            })
    void ofAnyOtherItHasToBeMade(String peer) {
        assertThat(trusting(null, 64).keyOfPeer(peer)).isNull();
    }

    @Test
    void anEnormousFieldIsHarmless() {
        assertThat(forwardedFor("1.1.1.1,".repeat(100_000) + "203.0.113.7")).isEqualTo("203.0.113.7");
        assertThat(forwardedFor("9".repeat(1_000_000))).isEqualTo("10.0.0.1");
        assertThat(forwarded("\"".repeat(1_000_000))).isEqualTo("10.0.0.1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0/33",
                "10.0.0.0/",
                "10.0.0.0/-1",
                "10.0.0.0/a",
                "localhost",
                "10.0.0",
                "010.0.0.0/8",
                "",
                "::/129"
            })
    void whatIsNoBlockStopsTheStart(String block) {
        assertThatThrownBy(() -> trusting(null, 64, "10.0.0.0/8", block))
                .isInstanceOf(InvalidRateLimitException.class)
                .hasMessageContaining("ratelimit.web.trusted-proxies[1]")
                .hasMessageContaining("'" + block + "'");
    }

    @Test
    void bitsBehindTheBlockStopTheStart() {
        assertThatThrownBy(() -> trusting(null, 64, "10.1.2.3/8"))
                .isInstanceOf(InvalidRateLimitException.class)
                .hasMessageContaining("write 10.0.0.0/8");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 129})
    void aPrefixThatNoAddressHasStopsTheStart(int prefix) {
        assertThatThrownBy(() -> trusting(null, prefix)).hasMessageContaining("ipv6-prefix = " + prefix);
    }

    @Test
    void aHeaderThatIsNoneStopsTheStart() {
        assertThatThrownBy(() -> trusting("X Forwarded", 64)).hasMessageContaining("client-ip-header = 'X Forwarded'");
    }

    @Test
    void aHeaderThatNobodyIsTrustedToWriteStopsTheStart() {
        assertThatThrownBy(() -> trusting("X-Forwarded-For", 64))
                .isInstanceOf(InvalidRateLimitException.class)
                .hasMessageContaining("ratelimit.web: client-ip-header = 'X-Forwarded-For'")
                .hasMessageContaining("name your proxies in trusted-proxies");
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.255.255, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "10.128.0.0/9, 10.127.255.255, false",
        "10.128.0.0/9, 10.128.0.0, true",
        "0.0.0.0/0, 255.1.1.1, true",
        "192.0.2.7, 192.0.2.7, true",
        "192.0.2.7, 192.0.2.8, false",
        "::ffff:10.0.0.1, 10.0.0.1, true",
        "2001:db8::/32, 2001:db8:ffff::1, true",
        "2001:db8::/32, 2001:db9::1, false",
        "::/0, 10.0.0.1, false",
    })
    void aBlockHasItsAddresses(String block, String address, boolean has) {
        InetAddress parsed = AddressBlock.addressOf(address);
        assertThat(parsed).isNotNull();
        assertThat(AddressBlock.parse("here", block).contains(parsed)).isEqualTo(has);
    }

    /** In a Java of its own, in which all these names have an address. */
    @Test
    void whatOnlyLooksLikeAnAddressIsNotLookedUp(@TempDir Path directory) throws Exception {
        String[] names = {".::a", ".:a:", "..::", "1::.", "a::.1", ":a::", "::1.2.3", "1.2.3:4:5", "a.b::c", "0x1::g"};
        Path hosts = Files.writeString(directory.resolve("hosts"), "192.0.2.66 " + String.join(" ", names) + " known");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djdk.net.hosts.file=" + hosts,
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                LookUp.class.getName()));
        command.addAll(List.of(names));
        Process java = new ProcessBuilder(command).redirectErrorStream(true).start();
        assertThat(new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("known: /192.0.2.66");
        assertThat(java.waitFor()).isZero();
    }

    /** Prints the addresses of its arguments, and one that is looked up. */
    static final class LookUp {

        public static void main(String[] names) throws UnknownHostException {
            System.out.print(InetAddress.getAllByName("known")[0].toString().replace("/", ": /"));
            for (String name : names) {
                InetAddress address = AddressBlock.addressOf(name);
                if (address != null) {
                    System.out.print(" " + name + " is " + address);
                }
            }
        }
    }

    @Test
    void anEscapedQuoteLeavesTheQuoteOpen() {
        assertThat(client(
                        trusting("Forwarded", 64, "10.0.0.0/8"),
                        "10.0.0.1",
                        Map.of("Forwarded", List.of("for=9.9.9.9;x=\"\\\", for=203.0.113.7"))))
                .isEqualTo("203.0.113.7");
    }

    @Test
    void whoeverItMayBeByFieldsThatDisagreeIsRemembered() {
        ClientAddresses addresses = trusting(null, 64, "10.0.0.0/8");
        Client client = addresses.clientOf(
                "10.0.0.1", name -> List.of(name.equals("Forwarded") ? "for=192.0.2.1" : "203.0.113.9"));
        assertThat(client.isStandIn()).isTrue();
        assertThat(client.claimed())
                .extracting(InetAddress::getHostAddress)
                .containsExactly("192.0.2.1", "203.0.113.9");
    }
}
