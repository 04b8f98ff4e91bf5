package io.github.ratelimited.aop;

import io.github.ratelimited.RateLimited;
import io.github.ratelimited.RateLimits;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/** What a native image keeps so that annotations can be read there, with their aliases, and {@code #method} too. */
final class AnnotationHints implements RuntimeHintsRegistrar {

    @Override
    public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
        hints.reflection()
                .registerType(RateLimited.class, MemberCategory.INVOKE_DECLARED_METHODS)
                .registerType(RateLimits.class, MemberCategory.INVOKE_DECLARED_METHODS)
                .registerType(Method.class, MemberCategory.INVOKE_PUBLIC_METHODS);
        hints.proxies().registerJdkProxy(RateLimited.class);
    }
}
