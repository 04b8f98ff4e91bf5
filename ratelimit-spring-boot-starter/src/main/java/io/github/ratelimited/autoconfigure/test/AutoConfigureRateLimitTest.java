package io.github.ratelimited.autoconfigure.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.test.context.TestPropertySource;

/**
 * On a test class, besides {@code @SpringBootTest} or one that tests a slice: limits are kept in memory, whatever
 * {@code ratelimit.store} says, and by a {@link io.github.ratelimited.test.MutableTimeSource}, a bean that stands still
 * until the test moves it. Each test method begins with full limits, and at the beginning of a day.
 *
 * <pre>
 * &#64;SpringBootTest
 * &#64;AutoConfigureRateLimitTest
 * class OrdersTest {
 *     &#64;Autowired MutableTimeSource time;
 * }
 * </pre>
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ImportAutoConfiguration
@TestPropertySource(properties = "ratelimit.store=memory")
public @interface AutoConfigureRateLimitTest {}
