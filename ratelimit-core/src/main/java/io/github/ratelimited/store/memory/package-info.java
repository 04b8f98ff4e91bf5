/** The store in this process's memory: exact, bounded, and forgetting by itself what has refilled. */
@NullMarked
package io.github.ratelimited.store.memory;

import org.jspecify.annotations.NullMarked;
