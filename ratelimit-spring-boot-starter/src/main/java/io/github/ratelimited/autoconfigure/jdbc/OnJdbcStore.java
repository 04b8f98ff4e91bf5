package io.github.ratelimited.autoconfigure.jdbc;

import java.util.Map;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Whether the application wants the store: by {@code ratelimit.store}, or, for limits that choose it themselves, by
 * anything under {@code ratelimit.jdbc}. Most that have a database do not.
 */
final class OnJdbcStore extends SpringBootCondition {

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        boolean chosen = "jdbc".equals(context.getEnvironment().getProperty("ratelimit.store"));
        boolean configured = Binder.get(context.getEnvironment())
                        .bind("ratelimit.jdbc", Bindable.mapOf(String.class, Object.class))
                        .map(Map::size)
                        .orElse(0)
                > 0;
        return new ConditionOutcome(
                chosen || configured,
                ConditionMessage.of("ratelimit.store is " + (chosen ? "" : "not ") + "jdbc, and ratelimit.jdbc is "
                        + (configured ? "" : "not ") + "set"));
    }
}
