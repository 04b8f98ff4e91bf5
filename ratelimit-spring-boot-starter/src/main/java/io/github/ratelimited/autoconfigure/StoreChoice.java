package io.github.ratelimited.autoconfigure;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.store.LimiterStore;
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
        Map<String, LimiterStore> stores = new TreeMap<>(beans);
        LimiterStore memory = stores.remove(MEMORY_BEAN);
        if (name == null && stores.size() > 1) {
            throw new InvalidRateLimitException(
                    "ratelimit.store",
                    "it is not set, and there are several LimiterStore beans",
                    "set it to one of " + stores.keySet() + ", or '" + MEMORY + "'");
        }
        if (memory != null) {
            stores.putIfAbsent(MEMORY, memory);
        }
        LimiterStore chosen = name != null
                ? stores.get(name)
                : stores.entrySet().stream()
                        .filter(store -> stores.size() == 1 || !store.getKey().equals(MEMORY))
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
}
