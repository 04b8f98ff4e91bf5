package io.github.ratelimited.store.memory;

import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;

/** Two limits, one without a key, that calls take alone and together. */
@Param(name = "thread", gen = ThreadIdGen.class)
@Param(name = "cost", gen = IntGen.class, conf = "1:3")
@Param(name = "wait", gen = IntGen.class, conf = "0:2")
abstract class SeveralLimitsOperations extends StoreOperations {

    private static final LimitName ONE = LimitName.of("a");
    private static final LimitName OTHER = LimitName.of("b");

    private final Limit limit;
    private final Limit otherLimit;

    SeveralLimitsOperations(Limit limit, Limit otherLimit) {
        super(10);
        this.limit = limit;
        this.otherLimit = otherLimit;
        for (int thread = 0; thread < THREADS; thread++) {
            acquireBoth(thread, 1, 1, 0);
        }
        clock.jump(SECOND);
    }

    private Claim one(int cost, int wait) {
        return claim(ONE, limit, null, cost, wait * SECOND);
    }

    private Claim other(int cost, int wait) {
        return claim(OTHER, otherLimit, "ann", cost, wait * SECOND);
    }

    @Operation
    public String acquireBoth(
            @Param(name = "thread") int thread,
            @Param(name = "cost") int cost,
            @Param(name = "cost") int otherCost,
            @Param(name = "wait") int wait) {
        return acquire(thread, one(cost, wait), other(otherCost, wait));
    }

    @Operation
    public String acquireOne(
            @Param(name = "thread") int thread, @Param(name = "cost") int cost, @Param(name = "wait") int wait) {
        return acquire(thread, one(cost, wait));
    }

    @Operation
    public boolean tryAcquireOther(@Param(name = "cost") int cost) {
        return store.tryAcquire(other(cost, 0));
    }

    @Operation
    public void resetOther() {
        store.reset(OTHER, "ann");
    }

    @Operation
    public String peekOne() {
        return peek(one(1, 2));
    }

    @Operation
    public String peekOther() {
        return peek(other(1, 2));
    }
}
