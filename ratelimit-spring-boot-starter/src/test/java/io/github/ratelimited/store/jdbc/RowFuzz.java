package io.github.ratelimited.store.jdbc;

import static io.github.ratelimited.fuzz.Inputs.check;
import static io.github.ratelimited.fuzz.Inputs.lines;
import static io.github.ratelimited.fuzz.Inputs.parsed;

import io.github.ratelimited.Algorithm;
import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Bucket;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import io.github.ratelimited.store.UnusableBucketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

/** Whatever stands in a row, it is a bucket that holds no more than its limit, or it is known to be none. */
public final class RowFuzz {

    private static final LimitName NAME = LimitName.of("row");
    private static final long NOW = 1_700_000_000_000_000_000L;

    /** The times that a clock can show until the year 2116. */
    private static final long TIME = (1L << 62) - 1;

    /** Of a row with more nobody can say when it is full. */
    private static final long MOST_TAKEN = 1L << 30;

    private static final List<JdbcLimit> LIMITS = List.of(
            JdbcLimit.of(Limit.of(10, Duration.ofSeconds(1)).withBurst(20)),
            JdbcLimit.of(Limit.of(10, Duration.ofSeconds(1)).withAlgorithm(Algorithm.FIXED_WINDOW)),
            JdbcLimit.of(Limit.of(10, Duration.ofSeconds(1)).withAlgorithm(Algorithm.SLIDING_WINDOW)));

    private RowFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        List<String> lines = lines(input, 3);
        String numbers = lines.get(0);
        checkNumbers(numbers);
        checkTable(numbers);
        long[] longs = longs(lines.get(1) + " " + lines.get(2));
        Row row = new Row(numbers, longs[0] & TIME, longs[1] & TIME, longs[2], log(longs));
        for (JdbcLimit limit : LIMITS) {
            checkBucket(row, limit);
            checkBucket(new Row(limit.numbers(), row.birth(), row.moment(), row.state(), row.log()), limit);
        }
    }

    private static void checkNumbers(String numbers) {
        try {
            Limit limit = JdbcLimit.parse(numbers);
            check(JdbcLimit.parse(JdbcLimit.of(limit).numbers()).equals(limit), numbers + " is read as", limit);
        } catch (UnusableBucketException none) {
            check(!String.valueOf(none.getMessage()).isBlank(), "nobody knows why", none);
        }
    }

    private static void checkBucket(Row row, JdbcLimit limit) {
        try {
            long now = Math.max(NOW, row.moment());
            Bucket bucket = row.open(limit, now);
            Decision peeked = bucket.peek(new Claim(NAME, limit.limit(), null, 1, Long.MAX_VALUE));
            long remaining = peeked.remaining();
            check(remaining >= 0 && remaining <= limit.limit().burst(), row + " leaves", remaining);
            if (row.numbers().equals(limit.numbers()) && row.state() <= MOST_TAKEN) {
                check(bucket.nanosToFull() >= 0, row + " is full in", bucket.nanosToFull());
                check(peeked.waitNanos() >= 0, row + " gives in", peeked.waitNanos());
            }
        } catch (UnusableBucketException none) {
            check(!String.valueOf(none.getMessage()).isBlank(), "nobody knows why", none);
        }
    }

    private static void checkTable(String name) {
        TableName table = parsed("ratelimit.jdbc", "'" + name + "'", () -> TableName.of(name));
        check(
                table == null
                        || name.chars()
                                .allMatch(c -> c < 0x7F && (Character.isLetterOrDigit(c) || "_.".indexOf(c) >= 0)),
                "a table is called",
                name);
    }

    /** At least three; a text that is no number is its hash, so that any text is some numbers. */
    private static long[] longs(String text) {
        String[] parts = (text + " 0 0 0").trim().split("\\s+", -1);
        long[] longs = new long[parts.length];
        for (int i = 0; i < parts.length; i++) {
            try {
                longs[i] = Long.parseLong(parts[i]);
            } catch (NumberFormatException none) {
                longs[i] = parts[i].hashCode();
            }
        }
        return longs;
    }

    private static byte[] log(long[] longs) {
        ByteBuffer log = ByteBuffer.allocate((longs.length - 3) * Long.BYTES);
        for (int i = 3; i < longs.length; i++) {
            log.putLong(i % 2 == 1 ? longs[i] & TIME : longs[i]);
        }
        return log.array();
    }
}
