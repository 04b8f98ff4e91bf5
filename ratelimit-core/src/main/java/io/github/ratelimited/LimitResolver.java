package io.github.ratelimited;

import org.jspecify.annotations.Nullable;

/**
 * Says by which limit a key is kept, say by the plan that a customer has in a database; a bean of an application. What it
 * says is remembered for {@code ratelimit.resolver.cache-for}, so it is asked seldom, by the thread of a call that has to
 * wait for it. If it fails, the declared limit holds, which is told in the log and by a meter.
 */
@FunctionalInterface
public interface LimitResolver {

    /**
     * The limit of a key.
     *
     * @param name the limit's name
     * @param key the text of the key, of which what is longer than 64 characters is a digest; {@code null} = calls without
     *     a key
     * @param plan what {@code plan} of the annotation picks; {@code null} if there is none
     * @return the limit; {@code null} = the declared one
     */
    @Nullable
    Limit resolve(String name, @Nullable String key, @Nullable String plan);
}
