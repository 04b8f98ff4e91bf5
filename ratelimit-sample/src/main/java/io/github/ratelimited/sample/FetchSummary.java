package io.github.ratelimited.sample;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * How fast requests were let through.
 *
 * @param perSecond the starts that had to wait for a permit, per second until the last of them
 */
record FetchSummary(int requests, long failed, double seconds, double perSecond) {

    private static final double SECOND = TimeUnit.SECONDS.toNanos(1);

    static FetchSummary of(List<Fetch.Fetched> fetched, long elapsedNanos) {
        long last =
                fetched.stream().mapToLong(Fetch.Fetched::startedAtNanos).max().orElse(0);
        return new FetchSummary(
                fetched.size(),
                fetched.stream().filter(Fetch.Fetched::failed).count(),
                elapsedNanos / SECOND,
                last == 0 ? 0 : (fetched.size() - 1) * SECOND / last);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d requests (%d failed) in %.3f s; rate kept: %.2f per second",
                requests,
                failed,
                seconds,
                perSecond);
    }
}
