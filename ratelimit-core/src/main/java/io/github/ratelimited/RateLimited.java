package io.github.ratelimited;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.core.annotation.AliasFor;

/**
 * Keeps calls of a method under a rate.
 *
 * <pre>{@code
 * @RateLimited(permits = 5, per = "1s")                     // reject when over
 * @RateLimited(permits = 5, per = "1s", maxWait = "30s")    // wait up to 30 s, in order of arrival
 * @RateLimited(permits = 5, per = "1s", key = "#user.id")   // each user has permits of their own
 * @RateLimited("checkout")                                  // all of it from ratelimit.limits.checkout
 * }</pre>
 *
 * A denied call throws {@link RateLimitExceededException} and takes no permit. Several annotations on one method are
 * taken all or nothing. On a type the limit is shared by all its methods, except those with an annotation of their own.
 * Found on interfaces and superclasses too, and as a meta-annotation with {@link AliasFor}.
 *
 * <p>A method that returns a future waits, and is denied, by its future; no thread is held, and after a wait, be it for the
 * answer of a store in another process, it runs on a thread of {@link TimeSource#executor()}, without what is bound to the
 * caller's. One that returns a reactive type takes permits at each subscription; its body runs at the call, as without a
 * limit.
 *
 * <p>What {@code ratelimit.limits.<name>} in the application's configuration says of a named limit wins over the
 * annotation. {@code ${placeholders}} are resolved in all text attributes. A mistake in any of them stops the
 * application at start.
 *
 * @see RateLimiterRegistry for the same limits in code
 */
@Target({ElementType.METHOD, ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(RateLimits.class)
@Documented
@Inherited
public @interface RateLimited {

    /** Alias of {@link #name()}. */
    @AliasFor("name")
    String value() default "";

    /**
     * The limit's name. Methods that give the same name share one limit. Without a name the limit is the method's own,
     * shown as {@code Orders.place}, and cannot be configured.
     */
    @AliasFor("value")
    String name() default "";

    /** Permits in each {@link #per()}; 0 = must come from {@code ratelimit.limits.<name>.permits}. */
    long permits() default 0;

    /** The period: {@code 500ms}, {@code 1s}, {@code 5m}, {@code 1h}, {@code 1d}, {@code 1m30s} or {@code PT1S}. */
    String per() default "1s";

    /** How many permits a full token bucket holds; 0 = {@link #permits()}. Only for {@link Algorithm#TOKEN_BUCKET}. */
    long burst() default 0;

    /** How permits are counted. */
    Algorithm algorithm() default Algorithm.TOKEN_BUCKET;

    /**
     * A SpEL expression over the call: its arguments ({@code #id} and {@code #user.id} where they are compiled with
     * {@code -parameters}, or {@code #p0}), {@code #method}, beans ({@code @tenants.of(#id)}), and in a web request
     * {@code #principal} (a name) and {@code #clientIp}. Each value has permits of its own. Empty = one limit for all
     * callers. Callers whose value is {@code null} or blank are limited together.
     */
    String key() default "";

    /** How many permits a call takes: a number, or an expression as for {@link #key()}, at least 1. */
    String cost() default "1";

    /** An expression as for {@link #key()}: the call is limited only if it is true. Empty = always. */
    String condition() default "";

    /**
     * An expression as for {@link #key()} that picks the caller's plan, one of {@code ratelimit.limits.<name>.plans}.
     * {@code null}, and a plan that is not configured, have the limit itself.
     */
    String plan() default "";

    /**
     * How long a call may wait for its turn, as {@link #per()} is written, or {@code forever}; {@code 0s} = not at all. A
     * wait that would be longer is denied at once. Empty = {@code ratelimit.defaults.max-wait}, which is {@code 0s}.
     */
    String maxWait() default "";

    /**
     * A method of the same class with the same parameters, optionally followed by a {@link RateLimitExceededException},
     * that is called when this limit denies a call; its result is the call's. Empty = the exception is thrown.
     */
    String fallback() default "";

    /** The store in which permits are counted, by name. Empty = {@code ratelimit.store}. */
    String store() default "";
}
