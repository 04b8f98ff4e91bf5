package io.github.ratelimited.store;

import io.github.ratelimited.Decision;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One request and the future of its answer, while it waits in a {@link TripLine} and on its {@link Trip}. */
final class Caller extends CompletableFuture<Decision> {

    private final AcquireRequest request;

    /** The neighbour in line; {@code null} again as soon as it has left, so that a future keeps no other one alive. */
    @Nullable
    Caller next;

    Caller(AcquireRequest request) {
        this.request = request;
    }

    AcquireRequest request() {
        return request;
    }
}
