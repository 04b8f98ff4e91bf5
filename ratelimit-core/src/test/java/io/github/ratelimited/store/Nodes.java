package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import io.github.ratelimited.Limit;
import io.github.ratelimited.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Nodes of one application, as one store: each call is any one's. */
public final class Nodes implements LimiterStore {

    private final SplittableRandom random;
    private final List<LimiterStore> nodes;

    public Nodes(SplittableRandom random, List<LimiterStore> nodes) {
        this.random = random;
        this.nodes = nodes;
    }

    /** The clock of a node that goes wrong by that much. */
    public static TimeSource wrongBy(Duration error) {
        long nanos = error.toNanos();
        return new TimeSource() {
            @Override
            public long nanoTime() {
                return System.nanoTime() + nanos;
            }

            @Override
            public long epochNanos() {
                return TimeSource.system().epochNanos() + nanos;
            }
        };
    }

    private LimiterStore any() {
        return nodes.get(random.nextInt(nodes.size()));
    }

    @Override
    public Decision acquire(AcquireRequest request) {
        return any().acquire(request);
    }

    @Override
    public CompletionStage<List<Decision>> acquireAll(List<AcquireRequest> requests) {
        return any().acquireAll(requests);
    }

    /** Nobody waits for it but who comes behind it on the same node. */
    @Override
    public void refund(AcquireRequest request, Decision decision) {
        LimiterStore node = any();
        node.refund(request, decision);
        request.claims().forEach(node::peek);
    }

    @Override
    public Decision peek(Claim claim) {
        return any().peek(claim);
    }

    @Override
    public void giveBack(Claim claim) {
        any().giveBack(claim);
    }

    @Override
    public void reset(LimitName name, @Nullable String key) {
        any().reset(name, key);
    }

    @Override
    public Claim claim(LimitName name, Limit limit, @Nullable String key, long cost, long maxWaitNanos) {
        return any().claim(name, limit, key, cost, maxWaitNanos);
    }
}
