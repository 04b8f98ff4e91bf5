package io.github.ratelimited.autoconfigure.client;

import static io.github.ratelimited.fuzz.Inputs.check;
import static io.github.ratelimited.fuzz.Inputs.lines;

import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.Holds;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.LimitPolicies;
import io.github.ratelimited.store.StoreRateLimiter;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import io.github.ratelimited.test.MutableTimeSource;
import java.math.BigInteger;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/**
 * A host is the same however it is written, and is held back as long as it has said, but never for more than a day,
 * whatever it says.
 */
public final class HostLimitFuzz {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final BigInteger DAY = BigInteger.valueOf(Duration.ofDays(1).toNanos());
    private static final BigInteger SECOND =
            BigInteger.valueOf(Duration.ofSeconds(1).toNanos());

    private HostLimitFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        List<String> lines = lines(input, 3);
        checkHost(uri(lines.get(0)));
        checkHeld(lines.get(1).replaceAll("[\r\n\0]", ""), lines.get(2).replaceAll("[\r\n\0]", ""));
    }

    private static void checkHost(@Nullable URI uri) {
        if (uri == null || uri.getHost() == null) {
            return;
        }
        String host = HostLimit.hostOf(uri);
        boolean secure = "https".equalsIgnoreCase(uri.getScheme());
        int usual = secure ? 443 : 80;
        int port = uri.getPort() < 0 ? usual : uri.getPort();
        String name = uri.getHost().toLowerCase(Locale.ROOT);
        String model =
                (name.endsWith(".") ? name.substring(0, name.length() - 1) : name) + (port == usual ? "" : ":" + port);
        check(host.equals(model), uri + " is the host " + model + ", not", host);
        URI again = uri((secure ? "https" : "http") + "://" + host + "/");
        check(again == null || host.equals(HostLimit.hostOf(again)), "no more itself", host);
    }

    private static void checkHeld(String retryAfter, String date) {
        MutableTimeSource time = MutableTimeSource.at(NOW);
        LimitName name = LimitName.of("hosts");
        Admission admission = new Admission(new MemoryLimiterStore(time, 100), time);
        StoreRateLimiter limiter = new StoreRateLimiter(name, Limit.of(5, Duration.ofSeconds(1)), admission);
        HostLimit limit = new HostLimit(name, limiter, new Holds(new LimitPolicies(), time), time);
        HttpHeaders headers = new HttpHeaders();
        headers.add(HttpHeaders.RETRY_AFTER, retryAfter);
        if (!date.isEmpty()) {
            headers.add(HttpHeaders.DATE, date);
        }
        limit.answered("host", HttpStatus.TOO_MANY_REQUESTS, headers);
        BigInteger held = BigInteger.valueOf(limit.heldNanos("host"));
        check(held.signum() >= 0 && held.compareTo(DAY) <= 0, "'" + retryAfter + "' holds for", held);
        if (retryAfter.matches("[0-9]+")) {
            BigInteger said = new BigInteger(retryAfter).multiply(SECOND).min(DAY);
            check(held.equals(said), "'" + retryAfter + "' is " + said + "ns, but holds for", held);
        }
        check(limit.heldNanos("other") == 0, "another host is held back by", retryAfter);
    }

    private static @Nullable URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException none) {
            return null;
        }
    }
}
