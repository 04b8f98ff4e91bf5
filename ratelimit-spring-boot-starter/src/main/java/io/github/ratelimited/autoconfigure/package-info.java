/** Rate limits in a Spring Boot application: {@code ratelimit.*} and the beans that come of it. */
@NullMarked
package io.github.ratelimited.autoconfigure;

import org.jspecify.annotations.NullMarked;
