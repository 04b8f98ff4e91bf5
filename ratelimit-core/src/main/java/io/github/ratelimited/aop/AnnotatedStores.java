package io.github.ratelimited.aop;

import io.github.ratelimited.RateLimited;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.util.ClassUtils;

/** Which stores annotations name, for who has to know before there is any bean. */
public final class AnnotatedStores {

    private AnnotatedStores() {}

    /** The names of the stores in which annotations of a type and its methods count, as they are written there. */
    public static Set<String> of(Class<?> type) {
        Class<?> userType = ClassUtils.getUserClass(type);
        return AnnotatedMethods.of(userType).stream()
                .flatMap(method -> AnnotatedMethods.annotations(method, userType).stream())
                .map(RateLimited::store)
                .filter(store -> !store.isEmpty())
                .collect(Collectors.toSet());
    }
}
