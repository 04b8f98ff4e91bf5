package io.github.ratelimited.autoconfigure;

import static io.github.ratelimited.fuzz.Inputs.check;
import static io.github.ratelimited.fuzz.Inputs.text;

import io.github.ratelimited.InvalidRateLimitException;
import io.github.ratelimited.Limit;
import io.github.ratelimited.aop.LimitConfiguration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;

/** Whatever application.yml says below {@code ratelimit}, it is limits, or it is refused by naming the property. */
public final class PropertyTreeFuzz {

    private static final BindHandler STRICT = new NoUnboundElementsBindHandler(BindHandler.DEFAULT);

    private PropertyTreeFuzz() {}

    /** A line is {@code limits.checkout.permits=5} and the like. */
    public static void fuzzerTestOneInput(byte[] input) {
        Map<String, Object> tree = new LinkedHashMap<>();
        for (String line : text(input).split("\n", 30)) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                tree.put("ratelimit." + line.substring(0, equals), line.substring(equals + 1));
            }
        }
        RateLimitProperties properties = bound(tree);
        if (properties == null) {
            return;
        }
        try {
            Policies.of(properties);
            LimitConfiguration configuration = Configurations.of(properties);
            check(configuration.limits().keySet().equals(properties.limits().keySet()), "limits are lost of", tree);
            configuration.limits().forEach((name, settings) -> {
                if (settings.permits() != 0) {
                    Limit limit = settings.toLimit();
                    Long permits = properties.limits().get(name).permits();
                    check(permits != null && permits == limit.permits(), name + " has other permits", limit);
                    settings.mergedPlans().values().forEach(plan -> check(plan.toLimit() != null, "no plan", plan));
                }
                check(settings.maxWaitNanos(0) >= 0, name + " waits", settings.maxWaitNanos(0));
            });
        } catch (InvalidRateLimitException refused) {
            check(refused.getPlace().startsWith("ratelimit."), "the refusal names no property", refused);
            check(!refused.getProblem().isBlank() && !refused.getFix().isBlank(), "no problem or fix in", refused);
        }
    }

    private static @Nullable RateLimitProperties bound(Map<String, Object> tree) {
        MutablePropertySources sources = new MutablePropertySources();
        sources.addLast(new MapPropertySource("application.yml", tree));
        Binder binder = new Binder(
                ConfigurationPropertySources.from(sources), new PropertySourcesPlaceholdersResolver(sources));
        try {
            return binder.bindOrCreate("ratelimit", Bindable.of(RateLimitProperties.class), STRICT);
        } catch (BindException refused) {
            check(String.valueOf(refused.getName()).startsWith("ratelimit"), "the refusal names no property", refused);
            return null;
        }
    }
}
