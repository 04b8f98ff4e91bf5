/** What operators see of limits and do to them: the endpoint, meters, traces and health. */
@NullMarked
package io.github.ratelimited.autoconfigure.actuate;

import org.jspecify.annotations.NullMarked;
