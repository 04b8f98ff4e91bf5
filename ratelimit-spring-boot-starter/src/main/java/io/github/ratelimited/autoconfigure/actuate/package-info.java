/** What operators see of limits: meters and health. */
@NullMarked
package io.github.ratelimited.autoconfigure.actuate;

import org.jspecify.annotations.NullMarked;
