/**
 * The words a user of rate limits speaks: the {@link io.github.ratelimited.RateLimited annotation}, a {@link
 * io.github.ratelimited.Limit}, a {@link io.github.ratelimited.Decision}, a {@link io.github.ratelimited.RateLimiter}
 * and where to get one. Nothing here knows a store, a proxy or an application framework.
 */
@NullMarked
package io.github.ratelimited;

import org.jspecify.annotations.NullMarked;
