package io.github.ratelimited.sample.server;

import java.util.Arrays;
import java.util.List;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** Whether all properties of {@link UnlessConfigured} are missing. */
final class OnNoneConfigured extends SpringBootCondition {

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        String[] names = metadata.getAnnotations().get(UnlessConfigured.class).getStringArray("value");
        List<String> set = Arrays.stream(names)
                .filter(context.getEnvironment()::containsProperty)
                .toList();
        return new ConditionOutcome(
                set.isEmpty(), ConditionMessage.of(set.isEmpty() ? "no server is configured" : "set are " + set));
    }
}
