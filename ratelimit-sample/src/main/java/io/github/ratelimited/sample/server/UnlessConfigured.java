package io.github.ratelimited.sample.server;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.context.annotation.Conditional;

/** Makes a bean only where none of these properties is set. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Conditional(OnNoneConfigured.class)
@interface UnlessConfigured {

    /** Names of properties. */
    String[] value();
}
