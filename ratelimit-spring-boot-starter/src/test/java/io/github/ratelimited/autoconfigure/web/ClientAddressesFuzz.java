package io.github.ratelimited.autoconfigure.web;

import static io.github.ratelimited.fuzz.Inputs.check;
import static io.github.ratelimited.fuzz.Inputs.lines;

import io.github.ratelimited.autoconfigure.RateLimitProperties.Web;
import io.github.ratelimited.autoconfigure.RateLimitProperties.Web.Headers;
import io.github.ratelimited.autoconfigure.web.ClientAddresses.Client;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whatever a client writes into its fields: behind proxies that add from where they were asked, the client is who has
 * asked the outermost of them, or nobody is believed and the last proxy stands in.
 */
public final class ClientAddressesFuzz {

    private static final String[] CLIENTS = {"203.0.113.7", "2001:db8:1:2::1", "::ffff:198.51.100.3", "0.0.0.0", "::"};
    private static final String[] PROXIES = {"10.0.0.1", "fd00::1", "10.255.255.255"};
    private static final List<ClientAddresses> TRUSTING =
            List.of(trusting(null), trusting("X-Forwarded-For"), trusting("forwarded"));

    private ClientAddressesFuzz() {}

    private static ClientAddresses trusting(@Nullable String header) {
        return new ClientAddresses(
                new Web(Headers.DRAFT, List.of("10.0.0.0/8", "fd00::/8"), header, 64, List.of(), List.of(), List.of()));
    }

    /** Which proxies there are by the signs of the first line, what the client writes in the others. */
    public static void fuzzerTestOneInput(byte[] input) {
        List<String> lines = lines(input, 3);
        String signs = lines.get(0) + "    ";
        ClientAddresses addresses = pick(TRUSTING, signs.charAt(0));
        String client = pick(List.of(CLIENTS), signs.charAt(1));
        boolean ownLine = signs.charAt(2) % 2 == 1;
        boolean standard = addresses == TRUSTING.get(2) || (addresses == TRUSTING.get(0) && signs.charAt(3) % 2 == 1);
        List<String> asked = new ArrayList<>(List.of(client));
        for (int i = 4; i < Math.min(lines.get(0).length(), 7); i++) {
            asked.add(pick(List.of(PROXIES), signs.charAt(i)));
        }
        List<String> written = Arrays.asList(lines.get(1).split("\\|", -1));
        List<String> added = added(written, asked, standard, ownLine);
        List<String> otherField = lines.get(2).isEmpty() ? List.of() : List.of(lines.get(2));
        Map<String, List<String>> fields = standard
                ? Map.of("forwarded", added, "x-forwarded-for", otherField)
                : Map.of("forwarded", otherField, "x-forwarded-for", added);
        checkClient(addresses, fields, client, otherField.isEmpty() || addresses != TRUSTING.get(0));
        checkUntrusted(addresses, fields, client);
    }

    private static void checkClient(
            ClientAddresses addresses, Map<String, List<String>> fields, String client, boolean oneField) {
        String peer = PROXIES[0];
        Client found = addresses.clientOf(peer, name -> fields.get(name.toLowerCase(Locale.ROOT)));
        InetAddress real = AddressBlock.addressOf(client);
        check(found != null, "no client of", fields);
        boolean nobody = found.isStandIn() && found.address().equals(AddressBlock.addressOf(peer));
        check(
                (found.address().equals(real) && !found.isStandIn()) || (nobody && !oneField),
                "behind proxies " + real + " with " + fields + " is",
                found);
        check(!nobody || found.claimed().contains(real), fields + " hide " + real + " from lists of the denied", found);
    }

    private static void checkUntrusted(ClientAddresses addresses, Map<String, List<String>> fields, String client) {
        Client itself = addresses.clientOf(client, name -> fields.get(name.toLowerCase(Locale.ROOT)));
        check(
                itself != null && itself.address().equals(AddressBlock.addressOf(client)) && !itself.isStandIn(),
                client + " is not itself, with " + fields + ", but",
                itself);
    }

    private static List<String> added(List<String> written, List<String> asked, boolean standard, boolean ownLine) {
        List<String> values = new ArrayList<>(written);
        for (String each : asked) {
            String element = !standard
                    ? each
                    : each.indexOf(':') < 0 ? "for=" + each + ";proto=https" : "For=\"[" + each + "]:4711\"";
            if (ownLine) {
                values.add(element);
            } else {
                values.set(values.size() - 1, values.get(values.size() - 1) + ", " + element);
            }
        }
        return values;
    }

    private static <T> T pick(List<T> of, char sign) {
        return of.get(sign % of.size());
    }
}
