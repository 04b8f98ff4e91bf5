package io.github.ratelimited.store.memory;

import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;

/**
 * What can be done to one bucket while callers give back what they took. By one limit's numbers: after a change nothing
 * is given back, and that a call changes them is a step of its own.
 */
@Param(name = "thread", gen = ThreadIdGen.class)
@Param(name = "cost", gen = IntGen.class, conf = "1:3")
@Param(name = "wait", gen = IntGen.class, conf = "0:1")
abstract class RefundOperations extends StoreOperations {

    private static final LimitName NAME = LimitName.of("a");

    private final Limit limit;
    private final String key;

    RefundOperations(String key, Limit limit) {
        super(10);
        this.limit = limit;
        this.key = key;
        for (int thread = 0; thread < THREADS; thread++) {
            acquire(thread, claim(1, 0));
        }
        clock.jump(SECOND / 2);
    }

    private Claim claim(int cost, int wait) {
        return claim(NAME, limit, key, cost, wait * SECOND);
    }

    @Operation
    public String acquire(
            @Param(name = "thread") int thread, @Param(name = "cost") int cost, @Param(name = "wait") int wait) {
        return acquire(thread, claim(cost, wait));
    }

    @Operation
    public void giveBackMine(@Param(name = "thread") int thread) {
        refund(thread);
    }

    @Operation
    public void reset() {
        store.reset(NAME, key);
    }
}
