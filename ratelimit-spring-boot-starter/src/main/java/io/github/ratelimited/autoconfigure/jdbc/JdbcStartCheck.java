package io.github.ratelimited.autoconfigure.jdbc;

import io.github.ratelimited.store.StoreUnavailableException;
import io.github.ratelimited.store.jdbc.JdbcLimiterStore;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.core.NestedExceptionUtils;

/**
 * Tries at start all that the store will do with its table, and stops the start if that will not do. A database that is
 * only down is warned of, and asked again by the calls that come.
 */
final class JdbcStartCheck implements SmartInitializingSingleton {

    private static final Log log = LogFactory.getLog(JdbcStartCheck.class);

    private final JdbcLimiterStore store;

    JdbcStartCheck(JdbcLimiterStore store) {
        this.store = store;
    }

    @Override
    public void afterSingletonsInstantiated() {
        try {
            store.verify();
        } catch (StoreUnavailableException failure) {
            Throwable root = NestedExceptionUtils.getMostSpecificCause(failure);
            log.warn("The database, which is to count the rate limits, gives no answer ("
                    + root.getClass().getSimpleName() + ": " + root.getMessage()
                    + "). Until it does, limits do as on-store-failure says.");
        }
    }
}
