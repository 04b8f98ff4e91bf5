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

    /** The bean that this library brings under the name by which {@code ratelimit.store} knows it. */
    static final String MEMORY_BEAN = "memoryLimiterStore";

    private static final String MEMORY = "memory";

    private StoreChoice() {}

    /** The store of that name; without a name the application's own, if it has one. */
    static LimiterStore choose(Map<String, LimiterStore> beans, @Nullable String name) {
        Map<String, LimiterStore> stores = byName(beans);
        if (name == null
                && beans.keySet().stream()
                                .filter(bean -> !bean.equals(MEMORY_BEAN))
                                .count()
                        > 1) {
            throw new InvalidRateLimitException(
                    "ratelimit.store",
                    "it is not set, and there are several LimiterStore beans",
                    "set it to one of " + stores.keySet());
        }
        LimiterStore chosen = name != null
                ? stores.get(name)
                : beans.entrySet().stream()
                        .filter(bean -> beans.size() == 1 || !bean.getKey().equals(MEMORY_BEAN))
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElse(null);
        if (chosen == null) {
            throw new InvalidRateLimitException(
                    "ratelimit.store",
                    "'" + name + "' is neither '" + MEMORY + "' nor the name of a LimiterStore bean",
                    "set it to one of " + stores.keySet());
        }
        return chosen;
    }

    /** The ways into all stores, by the names by which a limit can choose one. */
    static Map<String, Admission> named(Map<String, LimiterStore> beans, Admission chosen, TimeSource timeSource) {
        Map<String, Admission> named = new TreeMap<>();
        byName(beans)
                .forEach((name, store) ->
                        named.put(name, store.equals(chosen.store()) ? chosen : new Admission(store, timeSource)));
        return named;
    }

    private static Map<String, LimiterStore> byName(Map<String, LimiterStore> beans) {
        Map<String, LimiterStore> stores = new TreeMap<>();
        beans.forEach((name, store) -> {
            stores.put(name.equals(MEMORY_BEAN) ? MEMORY : name, store);
            if (store instanceof MemoryLimiterStore) {
                stores.putIfAbsent(MEMORY, store); // the application's own, in the place of ours
            }
        });
        return stores;
    }
}
