package io.github.ratelimited;

import static io.github.ratelimited.fuzz.Inputs.check;
import static io.github.ratelimited.fuzz.Inputs.parsed;
import static io.github.ratelimited.fuzz.Inputs.text;

import io.github.ratelimited.aop.DurationText;
import java.math.BigInteger;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A duration is the sum of its parts, and what messages write of it is the same duration. */
public final class DurationTextFuzz {

    private static final Pattern PARTS =
            Pattern.compile("(?:(\\d+)d)?(?:(\\d+)h)?(?:(\\d+)m)?(?:(\\d+)s)?(?:(\\d+)ms)?(?:(\\d+)us)?(?:(\\d+)ns)?");
    private static final long[] NANOS = {
        86_400_000_000_000L, 3_600_000_000_000L, 60_000_000_000L, 1_000_000_000L, 1_000_000L, 1_000L, 1L
    };

    private DurationTextFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        String text = text(input);
        Duration duration = parsed("here", "\"" + text + "\"", () -> DurationText.parse("here", "per", text));
        BigInteger sum = sum(text);
        if (sum != null) {
            check(duration != null && sum.equals(nanos(duration)), text + " is " + sum + "ns, not", duration);
        }
        if (duration != null) {
            String written = Durations.exact(duration);
            Duration again = DurationText.parse("here", "per", written);
            check(again.equals(duration), duration + " is written " + written + ", which is", again);
        }
        Long wait = parsed("here", "\"" + text + "\"", () -> DurationText.parseWait("here", "max-wait", text));
        if (duration != null) {
            BigInteger most = nanos(duration).min(BigInteger.valueOf(Long.MAX_VALUE));
            check(
                    most.signum() < 0 ? wait == null : wait != null && most.equals(BigInteger.valueOf(wait)),
                    "to wait " + duration + " is to wait",
                    wait);
        } else {
            check(wait == null || text.trim().equalsIgnoreCase("forever"), text + " is a wait of", wait);
        }
    }

    /** In the plainest form only, and of a length that a {@code Duration} certainly has. */
    private static @Nullable BigInteger sum(String text) {
        Matcher parts = PARTS.matcher(text);
        if (text.isEmpty() || !parts.matches()) {
            return null;
        }
        BigInteger sum = BigInteger.ZERO;
        for (int i = 0; i < NANOS.length; i++) {
            String part = parts.group(i + 1);
            if (part != null && part.length() > 12) {
                return null;
            }
            if (part != null) {
                sum = sum.add(new BigInteger(part).multiply(BigInteger.valueOf(NANOS[i])));
            }
        }
        return sum;
    }

    private static BigInteger nanos(Duration duration) {
        return BigInteger.valueOf(duration.toSeconds())
                .multiply(BigInteger.valueOf(NANOS[3]))
                .add(BigInteger.valueOf(duration.toNanosPart()));
    }
}
