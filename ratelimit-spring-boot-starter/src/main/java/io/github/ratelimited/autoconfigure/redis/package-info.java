/** The store in the Redis that the application has configured. */
@NullMarked
package io.github.ratelimited.autoconfigure.redis;

import org.jspecify.annotations.NullMarked;
