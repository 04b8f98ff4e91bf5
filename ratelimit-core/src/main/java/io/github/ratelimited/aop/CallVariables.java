package io.github.ratelimited.aop;

import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What expressions can refer to besides the call itself, such as {@code #principal} in a web application; a bean of this
 * type adds its own. A value is asked for only when an expression needs it; {@code null} = there is none for this call.
 */
@FunctionalInterface
public interface CallVariables {

    /**
     * The key of a Reactor context whose value, a {@code Map<String, Object>}, gives the variables of a subscription. A
     * name in it comes before that of a bean.
     */
    String REACTOR_CONTEXT = "io.github.ratelimited.variables";

    /** Values by name, without the {@code #}. */
    Map<String, Supplier<@Nullable Object>> variables();
}
