package io.github.ratelimited.autoconfigure;

import java.util.Map;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Whether the application wants a store: by {@code ratelimit.store}, or, for limits that choose it themselves, by anything
 * under {@code ratelimit.<name>}. Most that have Redis or a database have it for something else.
 */
public abstract class OnWantedStore extends SpringBootCondition {

    private final String name;

    /** Of the store of that name. */
    protected OnWantedStore(String name) {
        this.name = name;
    }

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        boolean chosen = name.equals(context.getEnvironment().getProperty("ratelimit.store"));
        boolean configured = Binder.get(context.getEnvironment())
                        .bind("ratelimit." + name, Bindable.mapOf(String.class, Object.class))
                        .map(Map::size)
                        .orElse(0)
                > 0;
        return new ConditionOutcome(
                chosen || configured,
                ConditionMessage.of("ratelimit.store is " + (chosen ? "" : "not ") + name + ", and ratelimit." + name
                        + " is " + (configured ? "" : "not ") + "set"));
    }
}
