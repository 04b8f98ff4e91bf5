package io.github.ratelimited.sample.live;

import io.github.ratelimited.Decision;
import io.github.ratelimited.RateLimiter;
import io.github.ratelimited.RateLimiterRegistry;
import io.github.ratelimited.sample.live.LiveState.Numbers;
import io.github.ratelimited.sample.live.LiveState.Permits;
import io.github.ratelimited.sample.live.LiveState.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Looks at how the chosen limit and its callers stand. */
@Component
class LiveStates {

    private static final int SHOWN_IN_LINE = 12;

    private final RateLimiterRegistry registry;
    private final Traffic traffic;
    private final DemoCalls calls;

    LiveStates(RateLimiterRegistry registry, Traffic traffic, DemoCalls calls) {
        this.registry = registry;
        this.traffic = traffic;
        this.calls = calls;
    }

    LiveState now() {
        TrafficWish wish = traffic.wish();
        RateLimiter limiter = registry.get(wish.limit());
        List<Call> waiting = calls.waiting(wish.limit());
        List<Permits> permits = new ArrayList<>();
        String problem = null;
        try {
            for (String user : wish.keys()) {
                Decision peeked = limiter.forKey(user).peek();
                if (peeked.reason() == Decision.Reason.STORE_UNAVAILABLE) {
                    problem = problem(peeked);
                }
                if (peeked.counted()) {
                    permits.add(permits(user, peeked));
                }
            }
        } catch (
                RuntimeException noAnswer) { // of Redis or the database: what the calls do then is for the page to show
            problem = "The store gives no answer: " + noAnswer.getMessage();
        }
        return new LiveState(
                TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis()),
                wish,
                Numbers.of(wish.limit(), limiter.limit(), limiter.maxWait().toMillis()),
                permits,
                waiting.size(),
                waiting.stream()
                        .limit(SHOWN_IN_LINE)
                        .map(call -> new Place(call.number(), call.user(), call.turnInMillis(limiter.limit())))
                        .toList(),
                calls.lastMinute(wish.limit()),
                problem);
    }

    private static String problem(Decision peeked) {
        return "The store gives no answer: "
                + (peeked.counted()
                        ? "this node counts alone."
                        : peeked.allowed() ? "calls are allowed, and not counted." : "calls are denied.");
    }

    private static Permits permits(@Nullable String user, Decision peeked) {
        Duration retryAfter = peeked.retryAfter();
        return new Permits(user, peeked.remaining(), retryAfter == null ? null : retryAfter.toMillis());
    }
}
