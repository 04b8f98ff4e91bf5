package io.github.ratelimited.store.memory;

import io.github.ratelimited.Limit;
import io.github.ratelimited.store.LimitName;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;

/**
 * More keys than there is room for, and an old one that expires while they come. Which of them gets the room is a matter
 * of luck, but nobody can tell: each of the others is alone in the cell that it might have to share.
 */
@Param(name = "thread", gen = ThreadIdGen.class)
@Param(name = "key", gen = IntGen.class, conf = "0:2")
@Param(name = "cost", gen = IntGen.class, conf = "1:3")
@Param(name = "wait", gen = IntGen.class, conf = "0:2")
abstract class CrowdedStoreOperations extends StoreOperations {

    private static final LimitName NAME = LimitName.of("a");

    private final Limit limit;

    CrowdedStoreOperations(int maxKeys, Limit limit) {
        super(maxKeys);
        this.limit = limit;
        store.tryAcquire(claim(NAME, limit, "0", 1, 0));
        clock.jump(10 * SECOND);
    }

    @Operation
    public String acquire(
            @Param(name = "thread") int thread,
            @Param(name = "key") int key,
            @Param(name = "cost") int cost,
            @Param(name = "wait") int wait) {
        return acquire(thread, claim(NAME, limit, Integer.toString(key), cost, wait * SECOND));
    }

    @Operation
    public boolean tryAcquire(@Param(name = "key") int key) {
        return store.tryAcquire(claim(NAME, limit, Integer.toString(key), 1, 0));
    }

    @Operation
    public String peek(@Param(name = "key") int key) {
        return peek(claim(NAME, limit, Integer.toString(key), 1, 0));
    }
}
