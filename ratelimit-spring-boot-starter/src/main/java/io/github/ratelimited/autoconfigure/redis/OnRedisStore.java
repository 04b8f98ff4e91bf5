package io.github.ratelimited.autoconfigure.redis;

import io.github.ratelimited.aop.AnnotatedStores;
import java.util.Arrays;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Whether the application wants the store: by {@code ratelimit.store}, by anything under {@code ratelimit.redis}, or by an
 * annotation that names it on a bean. Most that have Redis have it for something else.
 */
final class OnRedisStore extends SpringBootCondition implements ConfigurationCondition {

    private static final String REDIS = "redis";

    /** When the application's own beans are known. */
    @Override
    public ConfigurationPhase getConfigurationPhase() {
        return ConfigurationPhase.REGISTER_BEAN;
    }

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        Environment environment = context.getEnvironment();
        if (REDIS.equals(environment.getProperty("ratelimit.store"))) {
            return ConditionOutcome.match(ConditionMessage.of("ratelimit.store is redis"));
        }
        if (isConfigured(environment)) {
            return ConditionOutcome.match(ConditionMessage.of("ratelimit.redis is set"));
        }
        ConfigurableListableBeanFactory beans = context.getBeanFactory();
        boolean named = beans != null
                && Arrays.stream(beans.getBeanDefinitionNames()).anyMatch(bean -> isNamedBy(bean, beans, environment));
        return new ConditionOutcome(
                named,
                ConditionMessage.of("ratelimit.store is not redis, ratelimit.redis is not set, and "
                        + (named ? "an" : "no") + " annotation of a bean names redis as its store"));
    }

    private static boolean isConfigured(Environment environment) {
        return Binder.get(environment)
                .bind("ratelimit.redis", Bindable.mapOf(String.class, Object.class))
                .map(redis -> !redis.isEmpty())
                .orElse(false);
    }

    private static boolean isNamedBy(String bean, ConfigurableListableBeanFactory beans, Environment environment) {
        try {
            Class<?> type = beans.getType(bean, false);
            return type != null
                    && AnnotatedStores.of(type).stream()
                            .anyMatch(store -> REDIS.equals(
                                    environment.resolvePlaceholders(store).strip()));
        } catch (RuntimeException | LinkageError notToBeLookedAt) {
            return false;
        }
    }
}
