package io.github.ratelimited.picture;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.picture.Timeline.Mark;
import io.github.ratelimited.test.MutableTimeSource;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** When twelve calls that come at once take place: docs/images/waiting.svg. */
final class WaitingPicture {

    private static final Limit LIMIT = Limit.of(5, Duration.ofSeconds(1));
    private static final Duration LONG = Duration.ofMinutes(1);

    private WaitingPicture() {}

    static String svg() {
        Timeline timeline = new Timeline("Twelve calls at once, under five per second", 3_000);
        add(timeline, "no maxWait", "burst = 1", LIMIT.withBurst(1), Duration.ZERO);
        add(timeline, "maxWait = \"1s\"", "burst = 1", LIMIT.withBurst(1), Duration.ofSeconds(1));
        add(timeline, "maxWait = \"1m\"", "burst = 1", LIMIT.withBurst(1), LONG);
        add(timeline, "maxWait = \"1m\"", "burst = 5, which is the default", LIMIT, LONG);
        return timeline.svg();
    }

    private static void add(Timeline timeline, String name, String detail, Limit limit, Duration maxWait) {
        RateLimiter limiter = RateLimiter.create(limit, new MutableTimeSource());
        List<Decision> decisions =
                Stream.generate(() -> limiter.tryAcquire(1, maxWait)).limit(12).toList();
        List<Mark> marks = decisions.stream()
                .map(decision -> new Mark(decision.waitTime().toMillis(), decision.allowed()))
                .toList();
        long denied = decisions.stream().filter(each -> !each.allowed()).count();
        timeline.add(name, detail, marks, 12 - denied + " pass, " + denied + " denied");
    }
}
