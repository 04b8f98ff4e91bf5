package io.github.ratelimited.autoconfigure;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.core.env.Environment;

/** Whether there is anything to do, before anything is bound. */
public final class Configured {

    private Configured() {}

    /** Whether any property of that name, or below it, is set; also if a source cannot tell. */
    public static boolean isAny(Environment environment, String name) {
        ConfigurationPropertyName above = ConfigurationPropertyName.of(name);
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source.containsDescendantOf(above) != ConfigurationPropertyState.ABSENT) {
                return true;
            }
        }
        return false;
    }
}
