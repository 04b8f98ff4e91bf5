package io.github.ratelimited.autoconfigure.web;

import io.github.ratelimited.autoconfigure.Configured;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** Where there are rules: without them a filter for them would cost each request something for nothing. */
final class OnRules implements Condition {

    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
        return Configured.isAny(context.getEnvironment(), "ratelimit.web.rules");
    }
}
