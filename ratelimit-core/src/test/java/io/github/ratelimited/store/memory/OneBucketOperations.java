package io.github.ratelimited.store.memory;

import io.github.ratelimited.Limit;
import io.github.ratelimited.store.Claim;
import io.github.ratelimited.store.LimitName;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;

/** What can be done to one bucket by one limit's numbers and by those that replace them, here and there. */
@Param(name = "thread", gen = ThreadIdGen.class)
@Param(name = "limit", gen = IntGen.class, conf = "0:1")
@Param(name = "cost", gen = IntGen.class, conf = "1:3")
@Param(name = "wait", gen = IntGen.class, conf = "0:2")
abstract class OneBucketOperations extends StoreOperations {

    private static final LimitName NAME = LimitName.of("a");

    private final Limit[] limits;
    private final String key;

    /** One claim a limit, which all threads share, as those that call one method do. */
    private final Claim[] claims;

    OneBucketOperations(String key, Limit... limits) {
        super(10);
        this.limits = limits;
        this.key = key;
        this.claims = new Claim[] {claim(0, 1, 0), claim(1, 1, 0)};
        for (int thread = 0; thread < THREADS; thread++) {
            acquire(thread, 0, 1, 0);
        }
        clock.jump(SECOND);
    }

    private Claim claim(int limit, int cost, int wait) {
        return claim(NAME, limits[limit], key, (long) cost * (1 + limit), wait * SECOND);
    }

    @Operation
    public String acquire(
            @Param(name = "thread") int thread,
            @Param(name = "limit") int limit,
            @Param(name = "cost") int cost,
            @Param(name = "wait") int wait) {
        return acquire(thread, claim(limit, cost, wait));
    }

    @Operation
    public boolean tryAcquire(@Param(name = "limit") int limit) {
        return store.tryAcquire(claims[limit]);
    }

    @Operation
    public void giveBack(@Param(name = "limit") int limit, @Param(name = "cost") int cost) {
        store.giveBack(claim(limit, cost, 0));
    }

    @Operation
    public void reset() {
        store.reset(NAME, key);
    }

    @Operation
    public String peek(@Param(name = "limit") int limit, @Param(name = "wait") int wait) {
        return peek(claim(limit, 1, wait));
    }
}
