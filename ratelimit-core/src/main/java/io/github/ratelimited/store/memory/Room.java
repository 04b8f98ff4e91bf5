package io.github.ratelimited.store.memory;

import java.util.concurrent.atomic.AtomicLong;

/** How many keys the store may still take in. */
final class Room {

    private final long maxKeys;
    private final AtomicLong keys = new AtomicLong();

    Room(long maxKeys) {
        this.maxKeys = maxKeys;
    }

    boolean take() {
        if (keys.get() >= maxKeys) {
            return false; // without a write, since under a flood all threads come here
        }
        if (keys.incrementAndGet() <= maxKeys) {
            return true;
        }
        keys.decrementAndGet();
        return false;
    }

    void giveBack() {
        keys.decrementAndGet();
    }

    long keys() {
        return keys.get();
    }
}
