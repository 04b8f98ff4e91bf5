package io.github.ratelimited.aop;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the advice of others is to the limiter. */
enum AdviceKind {
    /** Decides whether, how often and where a call takes place. */
    DECIDING,
    /** Holds a connection while the call goes on. */
    TRANSACTION,
    /** Anything else, and what has nothing to do with limited methods. */
    OTHER;

    /** By how the names of their classes begin, since none of them need be on the class path. */
    private static final Map<String, AdviceKind> KNOWN = Map.of(
            "org.springframework.aop.interceptor.AsyncExecution", DECIDING,
            "org.springframework.cache.interceptor.", DECIDING,
            "org.springframework.cache.jcache.interceptor.", DECIDING,
            "org.springframework.resilience.retry.", DECIDING,
            "org.springframework.retry.", DECIDING,
            "org.springframework.transaction.interceptor.", TRANSACTION);

    /** The kind of an advice or advisor of that class; of an unknown one, {@link #OTHER}. */
    static AdviceKind of(@Nullable Class<?> type) {
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            for (Map.Entry<String, AdviceKind> known : KNOWN.entrySet()) {
                if (each.getName().startsWith(known.getKey())) {
                    return known.getValue();
                }
            }
        }
        return OTHER;
    }
}
