package io.github.ratelimited.autoconfigure.redis;

import io.github.ratelimited.autoconfigure.OnWantedStore;

/** Whether the application wants limits in Redis. */
final class OnRedisStore extends OnWantedStore {

    OnRedisStore() {
        super("redis");
    }
}
