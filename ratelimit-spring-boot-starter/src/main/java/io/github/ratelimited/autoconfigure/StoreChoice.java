package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.TimeSource;
import io.github.ratelimited.store.Admission;
import io.github.ratelimited.store.LimiterStore;
import io.github.ratelimited.store.memory.MemoryLimiterStore;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which of the stores there are is {@code ratelimit.store}. */
final class StoreChoice {

    /** The beans that this library brings under the names by which {@code ratelimit.store} knows them. */
    static final String MEMORY_BEAN = "memoryLimiterStore";

    private static final String REDIS_BEAN = "redisLimiterStore";
    private static final String JDBC_BEAN = "jdbcLimiterStore";

    private static final String MEMORY = "memory";
    private static final String REDIS = "redis";
    private static final String JDBC = "jdbc";

    private static final Map<String, String> OURS = Map.of(MEMORY_BEAN, MEMORY, REDIS_BEAN, REDIS, JDBC_BEAN, JDBC);

    private StoreChoice() {}

    /** Whether a bean of that name is there without anybody having chosen it. */
    static boolean isOurs(String bean) {
        return OURS.containsKey(bean);
    }

    /** The store of that name; without a name the application's own, if it has one. */
    static LimiterStore choose(Map<String, LimiterStore> beans, @Nullable String name) {
        Map<String, LimiterStore> stores = byName(beans);
        if (name == null
                && beans.keySet().stream().filter(bean -> !isOurs(bean)).count() > 1) {
            throw new InvalidRateLimitException(
                    "ratelimit.store",
                    "it is not set, and there are several LimiterStore beans",
                    "set it to one of " + stores.keySet());
        }
        LimiterStore chosen = name != null
                ? stores.get(name)
                : beans.entrySet().stream()
                        .filter(bean -> !isOurs(bean.getKey()))
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElse(stores.get(MEMORY));
        if (chosen == null && REDIS.equals(name)) {
            throw new InvalidRateLimitException(
                    "ratelimit.store",
                    "'redis' needs Lettuce and a LettuceConnectionFactory, and there is none",
                    "add spring-boot-starter-data-redis, and configure spring.data.redis (its client-type must not be jedis)");
        }
        if (chosen == null && JDBC.equals(name)) {
            throw new InvalidRateLimitException(
                    "ratelimit.store",
                    "'jdbc' needs a DataSource, and there is none",
                    "add spring-boot-starter-jdbc and the driver of PostgreSQL, MySQL, MariaDB or H2, and configure"
                            + " spring.datasource");
        }
        if (chosen == null) {
            throw new InvalidRateLimitException(
                    "ratelimit.store",
                    "'" + name + "' is neither '" + MEMORY + "' nor the name of a LimiterStore bean",
                    "set it to one of " + stores.keySet());
        }
        return chosen;
    }

    /** The ways into all stores, by the names by which a limit can choose one. */
    static Map<String, Admission> named(
            Map<String, LimiterStore> beans, Admission chosen, EveryStore everyStore, TimeSource timeSource) {
        Map<String, Admission> named = new TreeMap<>();
        byName(beans).forEach((name, store) -> {
            LimiterStore surrounded = everyStore.around(store);
            boolean isChosen = surrounded.equals(chosen.store()) || store.equals(chosen.store());
            named.put(name, isChosen ? chosen : new Admission(surrounded, timeSource));
        });
        return named;
    }

    private static Map<String, LimiterStore> byName(Map<String, LimiterStore> beans) {
        Map<String, LimiterStore> stores = new TreeMap<>();
        beans.forEach((name, store) -> {
            stores.put(OURS.getOrDefault(name, name), store);
            if (store instanceof MemoryLimiterStore) {
                stores.putIfAbsent(MEMORY, store); // the application's own, in the place of ours
            }
        });
        return stores;
    }
}
