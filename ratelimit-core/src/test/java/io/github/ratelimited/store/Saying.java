package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import org.jspecify.annotations.Nullable;

/** Answers the same whatever it is asked. */
record Saying(Decision answer) implements LimiterStore {

    @Override
    public Decision acquire(AcquireRequest request) {
        return answer;
    }

    @Override
    public void refund(AcquireRequest request, Decision decision) {}

    @Override
    public Decision peek(Claim claim) {
        return answer;
    }

    @Override
    public void giveBack(Claim claim) {}

    @Override
    public void reset(LimitName name, @Nullable String key) {}
}
