package io.github.ratelimited.autoconfigure.redis;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.data.redis.connection.RedisStaticMasterReplicaConfiguration;

/**
 * Whether it is known which server takes what is written. Of a list of masters and replicas it is not: then there is no such
 * store, unless it is the chosen one, which says so.
 */
final class OnKnownMaster extends SpringBootCondition implements ConfigurationCondition {

    private static final String NODES = "spring.data.redis.masterreplica.nodes";

    @Override
    public ConfigurationPhase getConfigurationPhase() {
        return ConfigurationPhase.REGISTER_BEAN;
    }

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        boolean known = context.getBeanFactory() == null || isKnown(context.getBeanFactory(), context.getEnvironment());
        boolean chosen = "redis".equals(context.getEnvironment().getProperty("ratelimit.store"));
        return new ConditionOutcome(
                known || chosen,
                ConditionMessage.of("the master among the servers of Redis is " + (known ? "" : "not ")
                        + "known, and ratelimit.store is " + (chosen ? "" : "not ") + "redis"));
    }

    static boolean isKnown(ListableBeanFactory beans, Environment environment) {
        return !environment.containsProperty(NODES)
                && !environment.containsProperty(NODES + "[0]")
                && beans.getBeanNamesForType(RedisStaticMasterReplicaConfiguration.class, true, false).length == 0;
    }
}
