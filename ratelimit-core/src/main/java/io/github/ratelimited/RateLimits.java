package io.github.ratelimited;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Several {@link RateLimited} on one method or type: a call takes permits of all of them, or of none. It waits no longer
 * than the shortest {@link RateLimited#maxWait() maxWait} among them, since while it waits for one it holds a turn of all.
 */
@Target({ElementType.METHOD, ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
public @interface RateLimits {

    /** The limits. */
    RateLimited[] value();
}
