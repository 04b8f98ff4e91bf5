package io.github.ratelimited.example;

import io.github.ratelimited.Decision;
import io.github.ratelimited.store.*;
import java.util.*;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Counts in a map under one lock: all that a store has to do. */
final class MapStore implements LimiterStore {

    private record Id(LimitName limit, @Nullable String key) {}

    private final Map<Id, Bucket.State> states = new HashMap<>();
    private final LongSupplier clock; // nanoseconds since the epoch, where the states are
    private long now;
    private int writes;

    MapStore(LongSupplier clock) {
        this.clock = clock;
    }

    @Override
    public synchronized Decision acquire(AcquireRequest request) {
        List<Bucket> buckets = read(request.claims());
        Decision decision = Bucket.acquire(request.claims(), buckets);
        write(request.claims(), buckets);
        return decision;
    }

    @Override
    public synchronized void refund(AcquireRequest request, Decision decision) {
        if (decision.takeRefund()) {
            List<Bucket> buckets = read(request.claims());
            Bucket.refund(decision, buckets);
            write(request.claims(), buckets);
        }
    }

    @Override
    public synchronized Decision peek(Claim claim) {
        return read(List.of(claim)).get(0).peek(claim);
    }

    @Override
    public synchronized void giveBack(Claim claim) {
        List<Bucket> bucket = read(List.of(claim));
        bucket.get(0).giveBack(claim.cost());
        write(List.of(claim), bucket);
    }

    @Override
    public synchronized void reset(LimitName limit, @Nullable String key) {
        states.remove(new Id(limit, key));
    }

    private List<Bucket> read(List<Claim> claims) {
        now = Math.max(now, clock.getAsLong()); // a clock that goes back stands still
        return claims.stream().map(this::bucket).toList();
    }

    private Bucket bucket(Claim claim) {
        Bucket.State state = states.get(new Id(claim.name(), claim.key()));
        return state == null ? Bucket.full(claim.limit(), now) : Bucket.of(state, claim.limit(), now);
    }

    private void write(List<Claim> claims, List<Bucket> buckets) {
        for (int i = 0; i < claims.size(); i++) {
            Claim claim = claims.get(i);
            if (buckets.get(i).hasChanged()) {
                states.put(new Id(claim.name(), claim.key()), buckets.get(i).state());
            }
        }
        if (++writes % 1_000 == 0) { // a full bucket means no more than none
            states.values().removeIf(state -> state.isFull(now));
        }
    }
}
