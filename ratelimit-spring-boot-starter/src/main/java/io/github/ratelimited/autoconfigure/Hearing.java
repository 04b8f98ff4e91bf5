package io.github.ratelimited.autoconfigure;

import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.GenericApplicationListener;
import org.springframework.context.event.GenericApplicationListenerAdapter;
import org.springframework.context.event.SmartApplicationListener;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.ResolvableType;

/**
 * Whether anybody in an application listens to events of a type. Looked at again when listeners have been added; those of
 * Spring itself, which listen to all events, do not count. Where it cannot be told, somebody does.
 */
final class Hearing {

    private final ApplicationContext context;
    private final ResolvableType type;

    /** What was found when there were so many listeners. */
    private record Found(int listeners, boolean heard) {}

    private volatile @Nullable Found found;

    Hearing(ApplicationContext context, Class<? extends ApplicationEvent> type) {
        this.context = context;
        this.type = ResolvableType.forClass(type);
    }

    boolean areHeard() {
        if (!(context instanceof AbstractApplicationContext known) || context.getParent() != null) {
            return true;
        }
        Collection<ApplicationListener<?>> listeners = known.getApplicationListeners();
        Found before = found;
        if (before == null || before.listeners != listeners.size()) {
            before = new Found(listeners.size(), listeners.stream().anyMatch(this::hears) || anyBeanHears());
            found = before;
        }
        return before.heard;
    }

    private boolean hears(ApplicationListener<?> listener) {
        GenericApplicationListener generic = listener instanceof GenericApplicationListener itself
                ? itself
                : new GenericApplicationListenerAdapter(listener);
        return generic.supportsEventType(type) && !isOfSpring(listener.getClass());
    }

    /** A bean that is made only when there is an event for it is not among the listeners before. */
    private boolean anyBeanHears() {
        for (String name : context.getBeanNamesForType(ApplicationListener.class, false, false)) {
            Class<?> listener = context.getType(name, false);
            Class<?> heard = listener == null
                    ? null
                    : GenericTypeResolver.resolveTypeArgument(listener, ApplicationListener.class);
            if (listener != null
                    && !isOfSpring(listener)
                    && (heard == null ? !isGeneric(listener) : heard.isAssignableFrom(type.toClass()))) {
                return true;
            }
        }
        return false;
    }

    /** Those tell what they hear only when they are there, and have been asked then. */
    private static boolean isGeneric(Class<?> listener) {
        return SmartApplicationListener.class.isAssignableFrom(listener)
                || GenericApplicationListener.class.isAssignableFrom(listener);
    }

    private static boolean isOfSpring(Class<?> listener) {
        String name = listener.getName();
        return name.startsWith("org.springframework.boot.") || name.startsWith("org.springframework.cloud.");
    }
}
