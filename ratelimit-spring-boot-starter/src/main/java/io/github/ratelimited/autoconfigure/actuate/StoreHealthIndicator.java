package io.github.ratelimited.autoconfigure.actuate;

import io.github.ratelimited.store.FailSafeStore;
import java.util.List;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

/**
 * Whether the stores of limits answer, as far as calls have found out. One that does not makes this {@code UNKNOWN} and
 * not {@code DOWN}: the application goes on as {@code on-store-failure} says, and to take it out of service would be the
 * greater failure.
 */
final class StoreHealthIndicator implements HealthIndicator {

    private final List<FailSafeStore> stores;

    StoreHealthIndicator(List<FailSafeStore> stores) {
        this.stores = stores;
    }

    @Override
    public Health health() {
        Health.Builder health = Health.up();
        for (FailSafeStore store : stores) {
            String failure = store.failureText();
            if (failure == null) {
                health.withDetail(store.storeName(), "no failure known");
            } else {
                health.status(Status.UNKNOWN).withDetail(store.storeName(), "gives no answer: " + failure);
            }
        }
        return health.build();
    }
}
