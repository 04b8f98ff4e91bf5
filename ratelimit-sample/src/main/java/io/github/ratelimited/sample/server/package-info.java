/** The servers that count for several nodes, which the sample starts for itself where none is configured. */
@NullMarked
package io.github.ratelimited.sample.server;

import org.jspecify.annotations.NullMarked;
