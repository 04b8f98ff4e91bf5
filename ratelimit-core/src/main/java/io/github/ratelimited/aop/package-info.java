/**
 * The annotation at work. Two doors, {@link io.github.ratelimited.aop.RateLimitInterceptor} in a Spring proxy and
 * {@link io.github.ratelimited.aop.RateLimitAspect} woven by AspectJ, lead to one room: the method's
 * {@link io.github.ratelimited.aop.MethodPlan}, which is worked out once.
 */
@NullMarked
package io.github.ratelimited.aop;

import org.jspecify.annotations.NullMarked;
