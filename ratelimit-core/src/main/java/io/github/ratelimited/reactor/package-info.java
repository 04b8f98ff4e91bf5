/** Limits on Reactor's publishers; needs Reactor on the class path. */
@NullMarked
package io.github.ratelimited.reactor;

import org.jspecify.annotations.NullMarked;
