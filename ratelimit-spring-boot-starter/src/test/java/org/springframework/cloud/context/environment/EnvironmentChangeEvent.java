package org.springframework.cloud.context.environment;

import java.io.Serial;
import java.util.Set;
import org.springframework.context.ApplicationEvent;

/** What Spring Cloud publishes when a configuration was refreshed, as far as it is looked at. */
public final class EnvironmentChangeEvent extends ApplicationEvent {

    @Serial
    private static final long serialVersionUID = 1L;

    public EnvironmentChangeEvent(Object context, Set<String> keys) {
        super(context);
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("nothing has changed");
        }
    }
}
