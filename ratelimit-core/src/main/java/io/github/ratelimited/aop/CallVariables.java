package io.github.ratelimited.aop;

import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What expressions can refer to besides the call itself, such as {@code #principal} in a web application; a bean of this
 * type adds its own, and wins over {@code #principal} and {@code #clientIp} where it has these. Of several beans that have
 * one name the first, by their order, wins.
 */
@FunctionalInterface
public interface CallVariables {

    /**
     * The key of a Reactor context whose value, a {@code Map<String, Object>}, gives the variables of a subscription. A
     * name in it comes before that of a bean; what the starter puts there leaves the names of the application's beans
     * out.
     */
    String REACTOR_CONTEXT = "io.github.ratelimited.variables";

    /**
     * Values by name, without the {@code #}. Asked at start: the names are fixed then. A value is asked for by each call
     * whose expression needs it; {@code null} = there is none for this call.
     */
    Map<String, Supplier<@Nullable Object>> variables();
}
