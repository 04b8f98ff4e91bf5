/**
 * Deciding and waiting. {@link io.github.ratelimited.store.LimiterStore} is what a store implements; the algorithms are
 * pure functions on a small state; {@link io.github.ratelimited.store.Admission} asks a store and waits for the turn it
 * was given. Knows nothing of any particular store, nor of Spring.
 */
@NullMarked
package io.github.ratelimited.store;

import org.jspecify.annotations.NullMarked;
