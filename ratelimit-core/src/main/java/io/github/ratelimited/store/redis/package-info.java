/** Permits counted in Redis or Valkey, for all nodes together; needs Lettuce on the class path. */
@NullMarked
package io.github.ratelimited.store.redis;

import org.jspecify.annotations.NullMarked;
